"""Header search: in which rows of a sheet the headings stand, and which column means what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sekisho.intake.cells.parsed import plain
from sekisho.intake.grid import LIMITS, Sheet
from sekisho.intake.headers import TableKind, fold_heading

SEARCHED_ROWS: Final = 15
"""Rows from the top in which a header is looked for: titles, dates and approval stamps stand above it."""
_FEWEST: Final = 2
"""Known headings that make a row a header."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header that was found. columns: 1-based column → field. unknown: column → heading. last_row: its lower row."""

    first_row: int
    last_row: int
    columns: Mapping[int, str]
    unknown: Mapping[int, str]

    def has(self, field: str) -> bool:
        """Tell whether a field has a column."""
        return field in self.columns.values()


def find_header(sheet: Sheet, kind: TableKind) -> Header | None:
    """Find the header with the most known headings; of equals the upper one, and one row before two."""
    numbers = [r.number for r in sheet.rows if r.number <= SEARCHED_ROWS]
    best: Header | None = None
    best_score = (_FEWEST - 1, 0)
    for number in numbers:
        for lower in (number, number + 1):
            header = _read(sheet, kind, number, lower)
            fields = set(header.columns.values())
            score = (len(fields), sum(m in fields for m in kind.mandatory))
            if score > best_score:
                best, best_score = header, score
    return best


def _read(sheet: Sheet, kind: TableKind, upper: int, lower: int) -> Header:
    """Read one row, or two of which the upper one groups the lower."""
    above, below = _filled(sheet, upper), _filled(sheet, lower)
    columns: dict[int, str] = {}
    unknown: dict[int, str] = {}
    for column in sorted({*above, *below}):
        group, heading = above.get(column, ""), below.get(column, "")
        field = _field(kind, group, heading) if upper != lower else kind.column_of(heading)
        if field:
            columns[column] = field
        elif heading or group:
            unknown[column] = heading or group
    for column, heading in list(unknown.items()):
        field = kind.fallback.get(fold_heading(heading), "")
        if field and field not in columns.values():
            columns[column] = field
        if field or fold_heading(heading) in kind.known:
            del unknown[column]
    return Header(upper, lower, columns, unknown)


def _field(kind: TableKind, group: str, heading: str) -> str:
    """Give the field of a two-row heading: 管理+番号, else the lower one, else the upper one above an empty cell."""
    if not heading:
        return kind.column_of(group)
    return (kind.column_of(group + heading) if group != heading else "") or kind.column_of(heading)


def _filled(sheet: Sheet, number: int) -> dict[int, str]:
    """Give the texts of a header row by column, merged areas filled."""
    texts = {c: plain(v) for c, v in enumerate(sheet.row(number).cells, start=1) if plain(v)}
    for area in sheet.merged:
        if not area.top <= number <= area.bottom:
            continue
        text = plain(sheet.row(area.top).cell(area.left))
        if text:
            texts |= dict.fromkeys(range(area.left, min(area.right, LIMITS.columns) + 1), text)
    return texts
