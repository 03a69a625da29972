"""Forms: the empty registers of a new engagement, as workbooks that people like to fill in."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Final

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from sekisho.intake.form_texts import Form, FormColumn
from sekisho.intake.grid import letters

HEADER_ROW: Final = 4
_VALIDATED_ROWS: Final = 2000
_FONT: Final = "Yu Gothic"
_THIN: Final = Side(style="thin", color="B7C0CC")
_GRID: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEADER_FILL: Final = PatternFill("solid", start_color="1F3A5F")
_EXAMPLE_FILL: Final = PatternFill("solid", start_color="F3F4F6")
_FORMATS: Final = {"date": "yyyy/m/d", "moment": "yyyy/m/d h:mm", "text": "@"}
_LOWEST: Final = 21.0
"""Height of an empty line in points: room for handwriting on paper."""
_LONGEST_LIST: Final = 255
"""Characters of a drop-down list written into a sheet (ECMA-376 part 1, 18.3.1.32; Excel refuses longer ones)."""
_WIDE_CHARACTER: Final = 1.8
"""Width of a Japanese character in units of the column width."""


def build_form(form: Form, rows: Sequence[Sequence[str]] = ()) -> bytes:
    """Build one workbook. rows: lines that are filled in already (items of a checklist)."""
    book = Workbook()
    book.properties.creator = "Sekisho"
    book.properties.title = form.title
    sheet = book.active
    if not isinstance(sheet, Worksheet):
        msg = "a new workbook has no sheet"
        raise TypeError(msg)
    sheet.title = form.title
    _head(sheet, form)
    first = HEADER_ROW + 1
    if any(c.example for c in form.columns):
        _line(sheet, first, form.columns, [c.example for c in form.columns], example=True)
        first += 1
    height = max((_height(form.columns, row) for row in rows), default=0)
    for number, row in enumerate(rows, start=first):
        _line(sheet, number, form.columns, row)
        sheet.row_dimensions[number].height = height  # one height for all: an even page reads better
    last = first + max(form.blank_rows, len(rows)) - 1
    for number in range(first + len(rows), last + 1):
        _line(sheet, number, form.columns, [""] * len(form.columns))
    for position, column in enumerate(form.columns, start=1):
        _choices(sheet, position, column, first)
    _layout(sheet, form, last)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(sheet: Worksheet, form: Form) -> None:
    """Write title, hint and headings with their notes."""
    width = len(form.columns)
    sheet.cell(1, 1, form.title).font = Font(name=_FONT, size=16, bold=True, color="1F3A5F")
    sheet.cell(2, 1, form.hint).font = Font(name=_FONT, size=10, color="444444")
    sheet.merge_cells(start_row=2, start_column=1, end_row=2, end_column=width)
    sheet.cell(2, 1).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[1].height = 28
    sheet.row_dimensions[2].height = 17 * _lines(form.hint, sum(c.width for c in form.columns))
    sheet.row_dimensions[3].height = 6
    sheet.row_dimensions[HEADER_ROW].height = 34
    for position, column in enumerate(form.columns, start=1):
        cell = sheet.cell(HEADER_ROW, position, column.title)
        cell.font = Font(name=_FONT, size=10, bold=True, color="FFFFFF")
        cell.fill = _HEADER_FILL
        cell.border = _GRID
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        comment = Comment(column.note, "Sekisho")
        comment.width, comment.height = 280, 40 + 20 * (len(column.note) // 20 + 1)
        cell.comment = comment
        sheet.column_dimensions[letters(position)].width = column.width


def _line(
    sheet: Worksheet, number: int, columns: Sequence[FormColumn], values: Sequence[str], *, example: bool = False
) -> None:
    """Write one line; the example in grey italics."""
    for position, (column, value) in enumerate(zip(columns, values, strict=True), start=1):
        cell = sheet.cell(number, position, value or None)
        cell.font = Font(name=_FONT, size=10, italic=example, color="808080" if example else "000000")
        cell.border = _GRID
        centred = bool(column.choices) or column.kind in {"date", "moment"}
        across = {"horizontal": "center"} if centred else {"horizontal": "left", "indent": 1}
        cell.alignment = Alignment(vertical="center", wrap_text=True, **across)
        cell.number_format = "@" if example else _FORMATS.get(column.kind, "General")
        if example:
            cell.fill = _EXAMPLE_FILL
    sheet.row_dimensions[number].height = _height(columns, values)


def _height(columns: Sequence[FormColumn], values: Sequence[str]) -> float:
    """Give the height of a line that shows its values whole."""
    return max(_LOWEST, 6 + 15 * max(_lines(v, c.width - 2) for c, v in zip(columns, values, strict=True)))


def _lines(text: str, width: float) -> int:
    """Estimate in how many lines a text is shown; spreadsheets do not fit row heights by themselves here."""
    units = sum(1.0 if c.isascii() else _WIDE_CHARACTER for c in text)
    return max(1, math.ceil(units / width))


def _choices(sheet: Worksheet, position: int, column: FormColumn, first: int) -> None:
    """Give a column its drop-down list; only a strict one refuses other entries."""
    formula = f'"{",".join(column.choices)}"'
    if not column.choices or len(formula) > _LONGEST_LIST + 2:
        return
    rule = DataValidation(type="list", formula1=formula, allow_blank=True)
    rule.showErrorMessage = True
    rule.errorStyle = "stop" if column.strict else "warning"
    rule.errorTitle, rule.error = column.title, column.note[:200]
    rule.showInputMessage = False
    sheet.add_data_validation(rule)
    letter = letters(position)
    rule.add(f"{letter}{first}:{letter}{_VALIDATED_ROWS}")


def _layout(sheet: Worksheet, form: Form, last: int) -> None:
    """Freeze the head, filter, and print on A4 landscape with the headings on every page."""
    right = letters(len(form.columns))
    sheet.freeze_panes = f"{letters(form.frozen + 1)}{HEADER_ROW + 1}"
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{right}{last}"
    sheet.sheet_view.showGridLines = False
    sheet.sheet_view.zoomScale = 90
    sheet.print_area = f"A1:{right}{last}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4 (ECMA-376 part 1, 18.3.1.63)
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom, margins.header, margins.footer = 0.5, 0.6, 0.25, 0.3
    if sheet.oddFooter is not None:
        sheet.oddFooter.left.text = form.title
        sheet.oddFooter.right.text = "&P / &N"
