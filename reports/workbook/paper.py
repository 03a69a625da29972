"""A sheet on paper: A4 landscape, marked and numbered, and no heading left alone at the foot of a page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from reports.edition import Edition
from reports.inert import visible
from reports.width import shorten

_A4: Final = 9
_SIDE_INCHES, _END_INCHES, _HEADER_INCHES = 0.4, 0.75, 0.3
_POINTS_PER_INCH: Final = 72
_ACROSS_POINTS: Final = 842 - 2 * _SIDE_INCHES * _POINTS_PER_INCH
_DOWN_POINTS: Final = 595 - 2 * _END_INCHES * _POINTS_PER_INCH
_UNIT_POINTS: Final = 7.05
"""Width of a column unit at most: it is that of a digit of the standard font, and substitutes of ours are wider."""
_RESERVE: Final = 0.96
"""Programs differ by a few per cent in what fits on a page."""
_PLAIN_ROW: Final = 15.0
_LARGEST: Final = 100


def set_up(sheet: Worksheet, edition: Edition) -> None:
    """Set a sheet up for A4 landscape, with page numbers and the line on confidentiality on every page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    margins = sheet.page_margins
    margins.left = margins.right = _SIDE_INCHES
    margins.top = margins.bottom = _END_INCHES
    margins.header = margins.footer = _HEADER_INCHES
    marking = edition.words("confidential_short")
    sheet.HeaderFooter.oddHeader = HeaderFooterItem(right=_HeaderFooterPart(marking))
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(
        left=_HeaderFooterPart(f"{marking}  &A"),
        center=_HeaderFooterPart(edition.words("cover.page")),
        # Excel takes 255 characters for a whole footer
        right=_HeaderFooterPart(shorten(visible(edition.report.snapshot.run), 60).replace("&", "&&")),
    )


def one_page_wide(sheet: Worksheet, *, columns: int, last: int, repeat: int) -> None:
    """Print the first columns of a table, one page wide, with its head on every page.

    Takes: last, the last row; repeat, the row of the head. Rows are never torn apart, so they need no breaks.
    """
    sheet.print_area = f"A1:{get_column_letter(columns)}{last}"
    sheet.print_title_rows = f"{repeat}:{repeat}"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def break_pages(sheet: Worksheet, *, units: float, last: int, joined: Collection[int]) -> None:
    """Print a sheet of several blocks at the scale that fits its width, broken so that no heading stands alone.

    A scale instead of fitting to pages, since Excel then ignores breaks. Takes: units, the width; last, the last row;
    joined, rows that must stand on the same page as the row after them.
    """
    scale = min(_LARGEST, int(100 * _ACROSS_POINTS / (units * _UNIT_POINTS)))
    sheet.page_setup.scale = scale
    sheet.print_options.horizontalCentered = True
    room = _DOWN_POINTS * _RESERVE * 100 / scale
    heights = {row: sheet.row_dimensions[row].height or _PLAIN_ROW for row in range(1, last + 1)}
    begin, used = 1, 0.0
    for row in range(1, last + 1):
        if used and used + heights[row] > room:
            first = row
            while first - 1 > begin and first - 1 in joined:
                first -= 1
            sheet.row_breaks.append(Break(id=first - 1))
            begin, used = first, sum(heights[r] for r in range(first, row))
        used += heights[row]
