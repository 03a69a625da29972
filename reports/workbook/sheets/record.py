"""Sheet: the execution record, several small tables below one another."""

from __future__ import annotations

from typing import Final

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.rows.grid import Grid, GridCell
from reports.rows.marks import Mark
from reports.rows.notes import note_of
from reports.rows.record import facts, grids
from reports.workbook.cells import Cell, put
from reports.workbook.paper import break_pages, set_up
from reports.workbook.places import Material
from reports.workbook.table import head_row, heading, height_of, write_note

_COLUMNS: Final = 8
_UNITS: Final = (30, 22, 26, 24, 20, 30, 30, 30)
_SPANS: Final = {"limits": (5, 3)}
"""Tables whose first column holds the sentences."""


def write_record(sheet: Worksheet, material: Material) -> None:
    """Write the whole sheet."""
    edition, words = material.edition, material.edition.words
    for column, units in enumerate(_UNITS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = units
    heading(sheet, 1, words("sheet.record"), size=15)
    write_note(sheet, 2, note_of(edition, "record"), last=_COLUMNS, units=sum(_UNITS))
    row, joined = 4, {1, 2, 3}
    for name, value in facts(edition):
        put(sheet, row, 1, Cell(name, bold=True))
        put(sheet, row, 2, Cell(value))
        _merge(sheet, row, (1, _COLUMNS - 1))
        sheet.row_dimensions[row].height = height_of(value, sum(_UNITS[1:]))
        row += 1
    for grid in grids(edition):
        first, last = row + 1, row + 2 + bool(grid.note)
        joined |= {row, *range(first, last if grid.rows else last - 1)}
        row = _write_grid(sheet, first, grid)
    sheet.freeze_panes = "A4"
    set_up(sheet, edition)
    break_pages(sheet, units=sum(_UNITS), last=row - 1, joined=joined)


def _write_grid(sheet: Worksheet, row: int, grid: Grid) -> int:
    """Write one table from a row on and give the row after it."""
    heading(sheet, row, grid.title, size=12)
    row += 1
    if grid.note:
        write_note(sheet, row, grid.note, last=_COLUMNS, units=sum(_UNITS))
        row += 1
    if not grid.rows:
        write_note(sheet, row, grid.empty, last=_COLUMNS, units=sum(_UNITS))
        return row + 1
    spans = _spans(grid)
    head_row(sheet, row, grid.head, columns=_starts(spans))
    sheet.row_dimensions[row].height = _height(grid.head, spans)
    _merge(sheet, row, spans)
    for cells in grid.rows:
        row += 1
        for column, value in zip(_starts(spans), cells, strict=True):
            put(sheet, row, column, _cell(value))
        _merge(sheet, row, spans)
        sheet.row_dimensions[row].height = _height(cells, spans)
    return row + 1


def _spans(grid: Grid) -> tuple[int, ...]:
    """Give how many columns of the sheet each column of a table takes: a text at the end needs more than a number."""
    if grid.key in _SPANS:
        return _SPANS[grid.key]
    rest = _COLUMNS - len(grid.head) if not isinstance(grid.rows[0][-1], int) else 0
    return (*(1 for _ in grid.head[1:]), 1 + rest)


def _starts(spans: tuple[int, ...]) -> tuple[int, ...]:
    """Give the first column of each span."""
    return tuple(1 + sum(spans[:at]) for at in range(len(spans)))


def _merge(sheet: Worksheet, row: int, spans: tuple[int, ...]) -> None:
    """Merge the cells of a row as its spans say."""
    for column, wide in zip(_starts(spans), spans, strict=True):
        if wide > 1:
            sheet.merge_cells(start_row=row, start_column=column, end_row=row, end_column=column + wide - 1)


def _cell(value: GridCell) -> Cell:
    """Turn a value of a grid into a cell."""
    return Cell(value.text, tone=value.tone) if isinstance(value, Mark) else Cell(value)


def _height(cells: tuple[GridCell, ...], spans: tuple[int, ...]) -> float:
    """Give the height that the highest cell needs; merged cells do not grow by themselves."""
    rooms = [float(sum(_UNITS[at - 1 : at - 1 + wide])) for at, wide in zip(_starts(spans), spans, strict=True)]
    texts = [c.text if isinstance(c, Mark) else str(c) for c in cells]
    return max(height_of(text, room) for text, room in zip(texts, rooms, strict=True))
