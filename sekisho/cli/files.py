"""Writing results: whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from sekisho.errors import StoreError
from sekisho.messages import Sentence


def write_whole(path: Path, content: bytes) -> None:
    """Write a file through a temporary one beside it. Raises: StoreError (disk full, rights); the old file stays."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StoreError(Sentence("cli.store.write", file=path, why=error.strerror)) from error
