"""Refuses files that hold a private key, or a lock file that names a package index (pre-commit hook)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}")
_INDEX = re.compile(rb"^\s*(--(extra-)?index-url|--find-links)\b", re.MULTILINE)


def main(paths: list[str]) -> int:
    """Look at every file named; 1 if one is refused."""
    refused = 0
    for name in paths:
        raw = Path(name).read_bytes()
        if _KEY.search(raw) or (name.endswith(".lock") and _INDEX.search(raw)):
            print(f"{name}: private key or index address")
            refused = 1
    return refused


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
