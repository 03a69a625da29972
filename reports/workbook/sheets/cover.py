"""Sheet: the cover, for a reader who sees nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.inert import visible
from reports.rows.marks import Mark
from reports.rows.notes import note_of
from reports.rows.summary import ActionRow, Summary, summary
from reports.tones import tone_of
from reports.workbook.cells import FACE, GRID, HEAD_FILL, INK, SOFT, THIN, Cell, link_cell, place_of, put, write
from reports.workbook.paper import break_pages, set_up
from reports.workbook.places import Material
from reports.workbook.table import height_of

_GRID: Final = 12
_UNIT: Final = 12.0
_TOP_ACTIONS: Final = 5
_FIELDS: Final = ("company", "person", "contact", "issued", "checked_by")


@dataclass(slots=True)
class _Page:
    """A sheet of twelve equal columns that is filled from top to bottom. joined: rows that stay with the next one."""

    sheet: Worksheet
    row: int = 1
    joined: set[int] = field(default_factory=set)

    def spans(self, *cells: tuple[int, Cell], least: float = 18.0) -> None:
        """Write one row of cells, each over so many columns, as high as the highest needs."""
        column, height = 1, least
        for wide, cell in cells:
            written = put(self.sheet, self.row, column, cell)
            height = max(height, height_of(str(cell.value or ""), wide * _UNIT))
            for at in range(column + 1, column + wide):
                self.sheet.cell(self.row, at).border = GRID
            if wide > 1:
                self.sheet.merge_cells(
                    start_row=self.row, start_column=column, end_row=self.row, end_column=column + wide - 1
                )
            written.alignment = Alignment(
                wrap_text=True, vertical="center", horizontal="center" if cell.centred else None
            )
            column += wide
        self.sheet.row_dimensions[self.row].height = height
        self.row += 1

    def text(self, words: str, *, size: int = 10, bold: bool = False, tone: str = "", soft: bool = False) -> None:
        """Write one line over the whole width."""
        cell = self.sheet.cell(self.row, 1)
        write(cell, words)  # type: ignore[arg-type]  # merged only below
        ink = f"FF{tone_of(tone).ink[1:].upper()}" if tone else SOFT if soft else INK
        cell.font = Font(name=FACE, size=size, bold=bold, color=ink)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        if tone:
            for at in range(1, _GRID + 1):
                self.sheet.cell(self.row, at).fill = PatternFill(
                    "solid", fgColor=f"FF{tone_of(tone).ground[1:].upper()}"
                )
                self.sheet.cell(self.row, at).border = Border(top=THIN, bottom=THIN)
        self.sheet.merge_cells(start_row=self.row, start_column=1, end_row=self.row, end_column=_GRID)
        units, points = _GRID * _UNIT * 10 / size, size * 1.5
        self.sheet.row_dimensions[self.row].height = height_of(words, units, points=points)
        self.row += 1

    def head(self, words: str) -> None:
        """Write the title of a block."""
        self.joined |= {self.row, self.row + 1}
        self.row += 1
        self.text(words, size=12, bold=True)
        for at in range(1, _GRID + 1):
            self.sheet.cell(self.row - 1, at).border = Border(bottom=Side(style="medium", color="FF26344D"))

    def titles(self, *cells: tuple[int, str]) -> None:
        """Write column heads."""
        row = self.row
        self.joined.add(row)
        self.spans(*((wide, Cell(words, centred=True, bold=True)) for wide, words in cells))
        column = 1
        for wide, _ in cells:
            cell = self.sheet.cell(row, column)
            cell.fill, cell.font = HEAD_FILL, Font(name=FACE, size=10, bold=True, color="FFFFFFFF")
            column += wide


def write_cover(sheet: Worksheet, material: Material) -> None:
    """Write the cover."""
    edition, words = material.edition, material.edition.words
    page, first = _Page(sheet), summary(edition)
    for column in range(1, _GRID + 1):
        sheet.column_dimensions[get_column_letter(column)].width = _UNIT
    sheet.sheet_view.showGridLines = False
    page.text(words("confidential"), bold=True, tone="critical")
    page.text(words("title"), size=20, bold=True)
    page.text(words("facility_report", facility=edition.names.facility), size=14)
    if first.warning:
        page.text(f"{first.warning}\n{first.warning_detail}", size=14, bold=True, tone="unknown")
    _facts(page, material)
    _numbers(page, material, first)
    _actions(page, material, first)
    _states(page, material, first)
    page.head(words("cover.legend"))
    for mark, meaning in first.legend:
        page.joined.add(page.row)
        page.spans((3, Cell(mark.text, tone=mark.tone)), (9, Cell(meaning)))
    page.joined.discard(page.row - 1)
    _contents(page, material)
    set_up(sheet, edition)
    break_pages(sheet, units=_GRID * _UNIT, last=page.row - 1, joined=page.joined)


def _facts(page: _Page, material: Material) -> None:
    """Write period and consents, and leave fields for who surveyed."""
    edition, words = material.edition, material.edition.words
    report, time = edition.report, edition.time
    closed = time.read(report.snapshot.closed_at) if report.snapshot.closed_at else words("record.still_open")
    period = words("record.from_to", since=time.read(report.snapshot.opened_at), until=closed)
    page.row += 1
    page.spans(
        (2, Cell(words("cover.period"), bold=True)), (10, Cell(words("record.zoned", period=period, zone=time.name)))
    )
    consents = [
        words(
            "cover.consent",
            by=visible(c.granted_by),
            role=words.name("role", c.role),
            since=visible(c.valid_from),
            until=visible(c.valid_until),
        )
        for c in report.engagement.consents
    ]
    page.spans((2, Cell(words("cover.consents"), bold=True)), (10, Cell("\n".join(consents) or words("none"))))
    page.spans(
        (2, Cell(words("record.run"), bold=True)), (4, Cell(report.snapshot.run)),
        (2, Cell(words("record.stages"), bold=True)),
        (4, Cell(words.names("stage", report.snapshot.stages) or words("record.no_stage"))),
    )  # fmt: skip
    page.head(words("cover.surveyor"))
    for left, right in zip(_FIELDS[::2], (*_FIELDS[1::2], ""), strict=True):
        second = ((2, Cell(words(f"cover.{right}"), bold=True)), (4, Cell(None))) if right else ()
        page.spans((2, Cell(words(f"cover.{left}"), bold=True)), (4, Cell(None)), *second, least=22)


def _numbers(page: _Page, material: Material, first: Summary) -> None:
    """Write the three numbers side by side, each with its parts."""
    words = material.edition.words
    page.head(words("cover.numbers"))
    page.titles(*((4, h.label) for h in first.headlines))
    row = page.row
    page.joined |= {row, row + 1}
    page.spans(*((4, Cell(f"{h.value} {h.unit}", centred=True, bold=True)) for h in first.headlines), least=44)
    for at in range(len(first.headlines)):
        page.sheet.cell(row, at * 4 + 1).font = Font(name=FACE, size=24, bold=True, color=INK)
    page.spans(*((4, Cell("\n".join(h.notes))) for h in first.headlines))
    page.text(first.conflicts, bold=True, tone="critical" if material.edition.figures.conflicts else "unknown")


def _actions(page: _Page, material: Material, first: Summary) -> None:
    """Write the five most urgent actions in order."""
    words, figures = material.edition.words, material.edition.figures
    page.head(words("cover.actions"))
    if not first.actions:
        page.text(words("summary.no_actions", undetermined=figures.undetermined), tone="unknown", bold=True)
        return
    page.titles(*_action_heads(material))
    for action in first.actions[:_TOP_ACTIONS]:
        page.spans(*_action(material, action))
    if len(first.actions) > _TOP_ACTIONS:
        page.text(words("summary.more_actions", count=len(first.actions) - _TOP_ACTIONS), soft=True)


def _action_heads(material: Material) -> Iterator[tuple[int, str]]:
    """Give the heads of the actions."""
    for wide, key in (
        (1, "rank"),
        (1, "severity"),
        (2, "action"),
        (6, "places_and_remediation"),
        (1, "act"),
        (1, "findings"),
    ):
        yield wide, material.edition.words(f"column.{key}")


def _action(material: Material, action: ActionRow) -> Iterator[tuple[int, Cell]]:
    """Write one action; its last cell leads to its findings."""
    title = "\n".join(t for t in (action.title, action.count, action.conflicting) if t)
    yield 1, Cell(action.rank, centred=True, bold=True)
    yield 1, Cell(action.severity.text, tone=action.severity.tone, centred=True)
    yield 2, Cell(title, bold=True)
    yield 6, Cell(f"{action.places}\n{action.remediation}")
    yield 1, Cell(action.act, centred=True)
    yield 1, Cell(action.numbers[0], centred=True, place=material.numbers.get(action.numbers[0], ""))


def _states(page: _Page, material: Material, first: Summary) -> None:
    """Write how the checklists stand: the unknown beside the good and the bad."""
    words = material.edition.words
    page.head(words("cover.states"))
    if not first.checklists:
        page.text(words("sheet_note.empty"), tone="unknown")
        return
    states = [mark for mark, _ in first.checklists[0].states]
    page.titles(
        (5, words("column.checklist")),
        *((1, m.text) for m in states),
        (1, words("column.conflicts")),
        (1, words("column.total")),
    )
    for row in first.checklists:
        page.spans(
            (5, Cell(row.checklist)),
            *((1, _number(mark, number)) for mark, number in row.states),
            (1, _number(Mark("", "conflict"), row.conflicts)),
            (1, Cell(row.rows, centred=True)),
        )


def _number(mark: Mark, number: int) -> Cell:
    """Give a number, in its tone when it is not zero."""
    return Cell(number, tone=mark.tone if number else "", centred=True)


def _contents(page: _Page, material: Material) -> None:
    """Lead to the other sheets."""
    words = material.edition.words
    page.head(words("cover.contents"))
    for key in ("points", "devices", "services", "restriction", "findings", "checklist", "record", "evidence"):
        name, row = words(f"sheet.{key}"), page.row
        page.joined.add(row)
        page.spans((3, Cell(name)), (9, Cell(note_of(material.edition, key))))
        cell = page.sheet.cell(row, 1)
        link_cell(cell, place=place_of(name, 1))  # type: ignore[arg-type]  # the first cell of a span is a plain one
        cell.font = Font(name=FACE, size=10, color="FF0B4F86", underline="single")
