"""Writing one cell: text stays text, whatever it begins with.

A cell of a report is never a formula: strings are stored as strings, marked for Excel with the quote prefix when they
begin like a formula, so that editing or re-typing them does not start one either.
Source: OWASP "CSV Injection" (signs that start a formula); ECMA-376 Part 1, 22.9.2.19 (`_xHHHH_` in strings).
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from reports.inert import visible
from reports.tones import tone_of

_LONGEST: Final = 8000
"""Excel holds 32,767 characters; a cell of a report that is longer than this helps nobody."""
_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_ESCAPE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
FACE: Final = "游ゴシック"
INK, LINK, SOFT = "FF1C2330", "FF0B4F86", "FF5A6272"
HEAD_FILL: Final = PatternFill("solid", fgColor="FF26344D")
THIN: Final = Side(style="thin", color="FFB4BBC7")
GRID: Final = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)

_LOOKS: Final[WeakKeyDictionary[Workbook, dict[tuple[str, bool, bool, bool], Any]]] = WeakKeyDictionary()
"""Style of each look, by workbook; styles are numbers that mean something only within one."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value. tone: colours it. target: relative file; place: cell of this workbook. Both "" for no link."""

    value: str | int | None
    tone: str = ""
    target: str = ""
    place: str = ""
    centred: bool = False
    bold: bool = False


def put(sheet: Worksheet, row: int, column: int, cell: Cell) -> SheetCell:
    """Write a cell with border, colour and link."""
    written = sheet.cell(row, column)
    assert isinstance(written, SheetCell)  # noqa: S101 - the writer merges only after writing
    _dress(written, cell)
    write(written, cell.value)
    if cell.target or cell.place:
        link_cell(written, target=cell.target, place=cell.place)
    return written


def _dress(written: SheetCell, cell: Cell) -> None:
    """Give a cell its look; looks are few and cells are many, so each look is made once for a workbook."""
    look = (cell.tone, bool(cell.target or cell.place), cell.centred, cell.bold)
    book = written.parent.parent
    assert book is not None  # noqa: S101 - our cells stand in a workbook
    looks = _LOOKS.setdefault(book, {})
    known = looks.get(look)
    if known is not None:
        written._style = copy(known)  # type: ignore[attr-defined]  # noqa: SLF001 - openpyxl's own way to copy a style; assigning it anew is slow
        return
    tone = tone_of(cell.tone) if cell.tone else None
    linked = look[1]
    ink = f"FF{tone.ink[1:].upper()}" if tone else LINK if linked else INK
    if tone:
        written.fill = PatternFill("solid", fgColor=f"FF{tone.ground[1:].upper()}")
    written.font = Font(
        name=FACE, size=10, color=ink, bold=cell.bold or bool(tone), underline="single" if linked else None
    )
    written.alignment = Alignment(horizontal="center" if cell.centred else None, vertical="top", wrap_text=True)
    written.border = GRID
    looks[look] = copy(written._style)  # type: ignore[attr-defined]  # noqa: SLF001 - see above


def write(cell: SheetCell, value: str | int | None) -> None:
    """Store a value; a string as a string, never as anything else."""
    if value is None or isinstance(value, int):
        cell.value = value
        return
    text = plain(value)
    cell.value = text
    cell.data_type = "s"
    if text.startswith(_FORMULA_SIGNS):
        cell.quotePrefix = True


def plain(text: str) -> str:
    """Make a string fit for a cell: control characters visible, line breaks of ours kept, not longer than useful."""
    lines = [visible(line) for line in text.split("\n")]
    shown = "\n".join(lines)
    if len(shown) > _LONGEST:
        shown = shown[:_LONGEST] + "…"
    return _ESCAPE.sub("_x005F_", shown)


def link_cell(cell: SheetCell, *, target: str = "", place: str = "") -> None:
    """Link a cell to a relative file or to a cell of this workbook."""
    reference = cell.coordinate
    cell.hyperlink = Hyperlink(ref=reference, target=target or None, location=place or None)


def place_of(sheet: str, row: int) -> str:
    """Name the first cell of a row of a sheet, as a link wants it."""
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!A{row}"
