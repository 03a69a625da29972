"""Refuses files that hold a private key, or a lock file that names an address (pre-commit hook)."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

_KEY: Final = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----\s+[A-Za-z0-9+/=]{20}")
_INDEX: Final = re.compile(rb"^\s*(-i|-f|--index-url|--extra-index-url|--find-links)\b|https?://", re.MULTILINE)


def faults(name: str, raw: bytes) -> list[str]:
    """Name what must not be in a file."""
    found = ["private key"] if _KEY.search(raw) else []
    if name.endswith(".lock") and _INDEX.search(raw):
        found.append("address of a package index")
    return found


def main(paths: list[str]) -> int:
    """Look at every file named; 1 if one is refused."""
    refused = 0
    for path in map(Path, paths):
        if path.is_file() and (found := faults(path.name, path.read_bytes())):
            print(f"{path}: {', '.join(found)}")
            refused = 1
    return refused


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
