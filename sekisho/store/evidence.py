"""Content-addressed evidence: evidence/ab/abcdef…; written once, never overwritten, checked when read."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

from sekisho.errors import IntegrityError, StoreError
from sekisho.messages import Sentence

FOLDER: Final = "evidence"


class EvidenceStore:
    """The evidence folder of one engagement."""

    def __init__(self, folder: Path) -> None:
        """Take the engagement folder; nothing is created before the first write."""
        self._root = folder / FOLDER

    def path(self, sha256: str) -> Path:
        """Give the place of a piece of evidence."""
        return self._root / sha256[:2] / sha256

    def put(self, raw: bytes) -> str:
        """Store bytes under their sha256 and give it; atomic, idempotent. Raises: StoreError (disk full, rights)."""
        sha256 = hashlib.sha256(raw).hexdigest()
        path = self.path(sha256)
        temporary = path.with_name(f".{sha256}.{os.getpid()}")
        try:
            if path.exists():
                return sha256
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(raw)
            temporary.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise StoreError(Sentence("cli.store.write", file=path, why=error.strerror)) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """Read bytes back. Raises: IntegrityError when they are missing or their digest differs."""
        path = self.path(sha256)
        try:
            raw = path.read_bytes()
        except OSError as error:
            file = f"{FOLDER}/{sha256[:2]}/{sha256}"
            raise IntegrityError(Sentence("cli.integrity.missing", file=file, why=error.strerror)) from error
        found = hashlib.sha256(raw).hexdigest()
        if found != sha256:
            file = f"{FOLDER}/{sha256[:2]}/{sha256}"
            raise IntegrityError(Sentence("cli.integrity.content", file=file, found=found))
        return raw
