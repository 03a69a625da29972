"""Documents: every file of the folders that are handed over, with its role and digest."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from sekisho.intake.config.problems import FILE
from sekisho.intake.remarks import Remarks
from sekisho.model.engagement import Document, Origin

FOLDERS: Final = ("documents", "captures", "configs", "imports")
TABLE_ENDINGS: Final = (".xlsx", ".csv")
_ROLE_OF_FOLDER: Final = {"captures": "capture", "configs": "config", "imports": "import"}
_TABLES: Final = ("devices", "lines", "sitewalk", "waivers")
_LEFT: Final = ("~$", ".", "Thumbs.db", "desktop.ini")
"""Beginnings of names that offices and desktops leave behind: lock files, folder settings."""


def list_documents(folder: Path, remarks: Remarks) -> tuple[Document, ...]:
    """Give engagement.toml and every file below the four folders, sorted by path."""
    found: list[Document] = []
    engagement = folder / FILE
    if engagement.is_file():
        found += _document(engagement, FILE, remarks)
    for top in FOLDERS:
        for path in _files(folder / top, remarks, folder):
            found += _document(path, path.relative_to(folder).as_posix(), remarks)
    return tuple(sorted(found, key=lambda d: d.path))


def role_of(path: str) -> str:
    """Give the role of a file by its path inside the engagement folder."""
    if path == FILE:
        return "engagement"
    top, *below = PurePosixPath(path.lower()).parts
    if top != "documents":
        return _ROLE_OF_FOLDER.get(top, "other")
    return _role_in_documents(below)


def _role_in_documents(below: Sequence[str]) -> str:
    """Give the role of a file below documents/, by its lower-case path there."""
    stem, ending = PurePosixPath(below[-1]).stem, PurePosixPath(below[-1]).suffix
    if ending in TABLE_ENDINGS and len(below) == 1 and stem in _TABLES:
        return stem
    if ending in TABLE_ENDINGS and len(below) > 1 and below[0] == "answers":
        return "answers"
    if below[0] == "photos" and len(below) > 1:
        return "photo"
    return next((role for role in ("consent", "diagram") if stem.startswith(role)), "other")


def _document(path: Path, name: str, remarks: Remarks) -> list[Document]:
    """Read the digest of one file; nothing when it can't be read."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:  # Shift_JIS names unpacked by a program that did not convert them
        remarks.wrong(Origin(name.encode("utf-8", "backslashreplace").decode("ascii", "replace")), "", "file.name")
        return []
    try:
        with path.open("rb") as stream:
            return [Document(name, role_of(name), hashlib.file_digest(stream, "sha256").hexdigest())]
    except OSError as error:
        remarks.wrong(Origin(name), "", "file.unreadable", why=error.strerror or type(error).__name__)
        return []


def _files(top: Path, remarks: Remarks, root: Path) -> Iterator[Path]:
    """Walk a folder in name order; links are not followed, devices and pipes are not opened."""

    def unreadable(error: OSError) -> None:
        name = Path(error.filename or top).relative_to(root).as_posix()
        remarks.wrong(Origin(name), "", "file.unreadable", why=error.strerror or type(error).__name__)

    if not top.exists():
        return
    for where, folders, names in os.walk(top, onerror=unreadable):
        folders[:] = sorted(f for f in folders if not f.startswith(_LEFT))
        for name in sorted(n for n in names if not n.startswith(_LEFT)):
            path = Path(where) / name
            try:
                mode = path.lstat().st_mode
            except OSError as error:
                unreadable(error)
                continue
            if stat.S_ISREG(mode):
                yield path
            else:
                remarks.note(Origin(path.relative_to(root).as_posix()), "", "file.not_regular")
