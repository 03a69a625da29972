"""A grid: a small table of the execution record, shown alike by every format."""

from __future__ import annotations

from dataclasses import dataclass

from reports.rows.marks import Mark

GridCell = str | int | Mark


@dataclass(frozen=True, slots=True)
class Grid:
    """key: name of its anchor. note: a sentence below the title, "" for none. empty: said when there are no rows."""

    key: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[GridCell, ...], ...]
    empty: str
    note: str = ""
