"""Content-addressed evidence: evidence/ab/abcdef…; written once, never overwritten, checked when read."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from sekisho.errors import IntegrityError, ParseError, StoreError
from sekisho.messages import Sentence
from sekisho.model.transcript import MEDIA_TYPE, Transcript

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


class StoredTranscripts(Mapping[str, Transcript]):
    """The transcripts of one run by their digest, read from the store each time one is asked for.

    Held whole, those of a large hospital would fill the memory. What is read is checked every time, so that the same
    digest never gives two transcripts; looking one up raises IntegrityError when the file is not what was indexed.
    """

    def __init__(self, store: EvidenceStore, index: Mapping[str, tuple[int, str]]) -> None:
        """Take the store and the run's index: digest → size and media type."""
        self._store = store
        self._index = index

    def __getitem__(self, sha256: str) -> Transcript:
        """Read one transcript. Raises: KeyError when the run has none of this digest, IntegrityError."""
        size, media_type = self._index[sha256]
        raw = self._store.get(sha256)
        if (size, media_type) != (len(raw), MEDIA_TYPE):
            sizes = {"got": f"{size} {media_type}", "expected": f"{len(raw)} {MEDIA_TYPE}"}
            raise IntegrityError(Sentence("cli.integrity.index", evidence=sha256, **sizes))
        try:
            return Transcript.from_bytes(raw)
        except ParseError as error:
            raise IntegrityError(Sentence("cli.integrity.unreadable", what=sha256, why=error)) from error

    def __contains__(self, sha256: object) -> bool:
        """Tell from the index alone; nothing is read."""
        return sha256 in self._index

    def __iter__(self) -> Iterator[str]:
        """Give the digests, sorted."""
        return iter(sorted(self._index))

    def __len__(self) -> int:
        """Count the run's transcripts."""
        return len(self._index)
