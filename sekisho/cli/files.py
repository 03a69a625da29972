"""Writing results: whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sekisho.errors import StoreError
from sekisho.messages import Sentence

_BLOCK: Final = 1 << 20


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of some bytes; see `write_pieces`."""
    write_pieces(path, (content,))


def copy_whole(source: Path, path: Path) -> None:
    """Write a file that holds what another one holds; see `write_pieces`."""
    if source.resolve() != path.resolve():
        with source.open("rb") as file:
            write_pieces(path, iter(lambda: file.read(_BLOCK), b""))


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file through a temporary one beside it. Raises: StoreError (disk full, rights); the old file stays."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.writelines(pieces)
        temporary.replace(path)
    except OSError as error:
        raise StoreError(Sentence("cli.store.write", file=path, why=error.strerror)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
