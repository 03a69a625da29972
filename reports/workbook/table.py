"""One sheet with one table: title, a sentence with its numbers, header, rows; set up for screen and for A4 paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.edition import Edition
from reports.width import width
from reports.workbook.cells import FACE, GRID, HEAD_FILL, INK, SOFT, Cell, put, write
from reports.workbook.paper import one_page_wide, set_up

HEAD_ROW: Final = 4
FIRST_ROW: Final = HEAD_ROW + 1
_LINE_POINTS: Final = 16.5
"""Line of 10 point Yu Gothic, which is higher than most."""
_NARROWEST: Final = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title and the widest it may become, in half-width units."""

    title: str
    widest: int


@dataclass(frozen=True, slots=True)
class Table:
    """Everything on a sheet. printed: so many columns go on paper; all of them would be too small to read."""

    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    printed: int


def write_table(sheet: Worksheet, table: Table, edition: Edition) -> None:
    """Write a sheet whole."""
    last, widths = len(table.columns), _widths(table)
    on_paper = sum(widths[: table.printed])
    heading(sheet, 1, table.title, size=15)
    write_note(sheet, 2, table.note, last=table.printed, units=on_paper)
    titles = tuple(c.title for c in table.columns)
    head_row(sheet, HEAD_ROW, titles)
    sheet.row_dimensions[HEAD_ROW].height = row_height(tuple(Cell(t) for t in titles), widths)
    for at, row in enumerate(table.rows, start=FIRST_ROW):
        for column, cell in enumerate(row, start=1):
            put(sheet, at, column, cell)
        sheet.row_dimensions[at].height = row_height(row, widths)
    if not table.rows:
        write_note(sheet, FIRST_ROW, table.empty, last=table.printed, units=on_paper)
    for column, units in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = units
    end = max(HEAD_ROW, HEAD_ROW + len(table.rows))
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{get_column_letter(last)}{end}"
    sheet.freeze_panes = f"B{FIRST_ROW}"
    set_up(sheet, edition)
    one_page_wide(sheet, columns=table.printed, last=max(end, FIRST_ROW), repeat=HEAD_ROW)


def _widths(table: Table) -> tuple[float, ...]:
    """Fit columns to their text: full-width characters count double, long texts wrap."""
    found: list[float] = []
    for at, column in enumerate(table.columns):
        texts = [column.title, *(str(row[at].value or "") for row in table.rows)]
        longest = max(width(line) for text in texts for line in text.split("\n"))
        # half the title, since it wraps, and room for the filter button
        least = max(ceil(width(column.title) / 2) + 3, _NARROWEST)
        found.append(float(max(min(longest + 2, column.widest), least)))
    return tuple(found)


def heading(sheet: Worksheet, row: int, text: str, *, size: int) -> None:
    """Write a title."""
    sheet.row_dimensions[row].height = size * 1.8
    cell = sheet.cell(row, 1)
    write(cell, text)  # type: ignore[arg-type]  # not merged, so it is a plain cell
    cell.font = Font(name=FACE, size=size, bold=True, color=INK)


def write_note(sheet: Worksheet, row: int, text: str, *, last: int, units: float) -> None:
    """Write a sentence over all columns, high enough to be read whole."""
    cell = sheet.cell(row, 1)
    write(cell, text)  # type: ignore[arg-type]  # merged only below
    cell.font = Font(name=FACE, size=10, color=SOFT)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if last > 1:
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=last)
    sheet.row_dimensions[row].height = height_of(text, units)


def height_of(text: str, units: float, *, points: float = _LINE_POINTS) -> float:
    """Give the height of wrapped text, with some reserve, since fonts differ. Excel's limit is 409 points.

    A column unit is a digit of the 11 point standard font, so that it holds more than one half-width 10 point letter.
    """
    lines = sum(max(1, ceil(width(line) / max((units - 1) * 1.05, 1))) for line in text.split("\n"))
    return min(lines * points + 3, 409.0)


def row_height(row: Sequence[Cell], widths: Sequence[float]) -> float:
    """Give the height that the highest cell of a row needs: not every program fits rows by itself."""
    return max(height_of(str(cell.value or ""), units) for cell, units in zip(row, widths, strict=True))


def head_row(sheet: Worksheet, row: int, titles: Sequence[str], columns: Sequence[int] = ()) -> None:
    """Write column heads, side by side unless columns says where."""
    for at, title in zip(columns or range(1, len(titles) + 1), titles, strict=True):
        cell = sheet.cell(row, at)
        write(cell, title)  # type: ignore[arg-type]  # a plain cell
        cell.font = Font(name=FACE, size=10, bold=True, color="FFFFFFFF")
        cell.fill = HEAD_FILL
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        cell.border = GRID
