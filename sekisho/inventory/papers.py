"""Which handed-over documents prove a statement about the registers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sekisho.model.engagement import DeclaredDevice, DeclaredLine, Document


@dataclass(frozen=True, slots=True)
class Papers:
    """The documents of an engagement, by path and by role."""

    documents: tuple[Document, ...]

    def register(self, role: str) -> tuple[str, ...]:
        """Give the digests of all files of one role (`devices`, `lines`, …), sorted."""
        return tuple(sorted({d.sha256 for d in self.documents if d.role == role}))

    def behind(self, rows: Iterable[DeclaredDevice | DeclaredLine]) -> tuple[str, ...]:
        """Give the digests of the files in which rows were read, sorted; of the whole register if a path is unknown."""
        files = {d.path: d.sha256 for d in self.documents}
        found: set[str] = set()
        for row in rows:
            role = "devices" if isinstance(row, DeclaredDevice) else "lines"
            found |= {files[row.origin.file]} if row.origin.file in files else set(self.register(role))
        return tuple(sorted(found))
