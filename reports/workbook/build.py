"""Builds the workbook."""

from __future__ import annotations

from datetime import UTC, datetime

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from reports.edition import Edition
from reports.inert import visible
from reports.times import moment_of
from reports.workbook.cells import FACE
from reports.workbook.pack import pack
from reports.workbook.places import Material
from reports.workbook.sheets.checklist import add_choices, checklist_table
from reports.workbook.sheets.cover import write_cover
from reports.workbook.sheets.devices import devices_table
from reports.workbook.sheets.evidence import evidence_table
from reports.workbook.sheets.findings import findings_table
from reports.workbook.sheets.points import points_table
from reports.workbook.sheets.record import write_record
from reports.workbook.sheets.restriction import restriction_table
from reports.workbook.sheets.services import services_table
from reports.workbook.table import write_table
from sekisho.model.formats import EvidenceReader, ReportFormat
from sekisho.model.report import (
    Report,
)
from sekisho.model.report_run import SnapshotPart


def build(report: Report, evidence: EvidenceReader, lang: str) -> bytes:
    """Give the xlsx file; the same input gives the same bytes."""
    edition = Edition.of(report, evidence, lang)
    material, book = Material.of(edition), _new_book()
    first = book.active
    assert isinstance(first, Worksheet)  # noqa: S101 - a new workbook has one worksheet
    first.title = edition.words("sheet.cover")
    write_cover(first, material)
    write_table(_sheet(book, edition, "points"), points_table(material), edition)
    write_table(_sheet(book, edition, "devices"), devices_table(material), edition)
    write_table(_sheet(book, edition, "services"), services_table(material), edition)
    write_table(_sheet(book, edition, "restriction"), restriction_table(material), edition)
    write_table(_sheet(book, edition, "findings"), findings_table(material), edition)
    checklist = _sheet(book, edition, "checklist")
    write_table(checklist, checklist_table(material), edition)
    add_choices(checklist, material)
    write_record(_sheet(book, edition, "record"), material)
    write_table(_sheet(book, edition, "evidence"), evidence_table(material), edition)
    book.properties.title = f"{edition.words('title')} {edition.names.facility}"
    book.properties.creator = f"Sekisho {visible(report.snapshot.tool_version)}"
    return pack(book, _moment(report.snapshot))


def _new_book() -> Workbook:
    """Begin a workbook whose standard font, which column widths are counted in, is the one the cells have."""
    book = Workbook()
    font = Font(name=FACE, size=11)
    book._named_styles["Normal"].font = font  # type: ignore[attr-defined]  # noqa: SLF001 - openpyxl has no public way to set the standard font
    book._fonts[0] = font  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    return book


def _sheet(book: Workbook, edition: Edition, key: str) -> Worksheet:
    """Add a sheet."""
    sheet = book.create_sheet(edition.words(f"sheet.{key}"))
    assert isinstance(sheet, Worksheet)  # noqa: S101 - not a write-only workbook
    return sheet


def _moment(snapshot: SnapshotPart) -> datetime:
    """Give the moment of the file: when the run ended, else when it began."""
    for text in (snapshot.closed_at, snapshot.opened_at):
        try:
            return moment_of(text or "")
        except ValueError:
            continue
    return datetime(1980, 1, 1, tzinfo=UTC)


REPORT = ReportFormat(id="xlsx", filename="survey.xlsx", build=build)
