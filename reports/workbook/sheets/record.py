"""Sheet: the execution record, several small tables below one another."""

from __future__ import annotations

from typing import Final

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.rows.grid import Grid, GridCell
from reports.rows.marks import Mark
from reports.rows.notes import note_of
from reports.rows.record import facts, grids
from reports.width import width
from reports.workbook.cells import Cell, put
from reports.workbook.places import Material
from reports.workbook.table import head_row, heading, height_of, set_up, write_note

_COLUMNS: Final = 8
_UNITS: Final = (30, 22, 26, 24, 20, 30, 30, 30)


def write_record(sheet: Worksheet, material: Material) -> None:
    """Write the whole sheet."""
    edition, words = material.edition, material.edition.words
    for column, units in enumerate(_UNITS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = units
    heading(sheet, 1, words("sheet.record"), size=15)
    write_note(sheet, 2, note_of(edition, "record"), last=_COLUMNS, units=sum(_UNITS))
    row = 4
    for name, value in facts(edition):
        put(sheet, row, 1, Cell(name, bold=True))
        put(sheet, row, 2, Cell(value))
        _stretch(sheet, row, 2)
        sheet.row_dimensions[row].height = height_of(value, sum(_UNITS[1:]))
        row += 1
    for grid in grids(edition):
        row = _write_grid(sheet, row + 1, grid)
    sheet.freeze_panes = "A4"
    set_up(sheet, edition)


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
    head_row(sheet, row, grid.head)
    # a text in the last column takes the room to the right edge; a number does not need it
    wide = not isinstance(grid.rows[0][-1], int)
    _stretch(sheet, row, len(grid.head) if wide else _COLUMNS)
    for cells in grid.rows:
        row += 1
        for column, value in enumerate(cells, start=1):
            put(sheet, row, column, _cell(value))
        _stretch(sheet, row, len(cells) if wide else _COLUMNS)
        sheet.row_dimensions[row].height = _height(cells)
    return row + 1


def _cell(value: GridCell) -> Cell:
    """Turn a value of a grid into a cell."""
    return Cell(value.text, tone=value.tone) if isinstance(value, Mark) else Cell(value)


def _stretch(sheet: Worksheet, row: int, last: int) -> None:
    """Let the last cell reach the right edge, where long texts stand."""
    if last < _COLUMNS:
        sheet.merge_cells(start_row=row, start_column=last, end_row=row, end_column=_COLUMNS)


def _height(cells: tuple[GridCell, ...]) -> float:
    """Give the height that the highest cell needs; merged cells do not grow by themselves."""
    last = len(cells) - 1
    rooms = [float(_UNITS[at]) if at < last else float(sum(_UNITS[at:])) for at in range(len(cells))]
    texts = [c.text if isinstance(c, Mark) else str(c) for c in cells]
    return max(height_of(text, room) for text, room in zip(texts, rooms, strict=True) if width(text) >= 0)
