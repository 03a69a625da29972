"""Sheet: the checklist, with the officer's own columns left empty."""

from __future__ import annotations

from typing import Final

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from reports.rows.answers import AnswerRow
from reports.rows.notes import note_of
from reports.workbook.cells import Cell
from reports.workbook.places import Material
from reports.workbook.sheets.columns import columns, evidence_columns, mark
from reports.workbook.table import FIRST_ROW, Table

_COLUMNS: Final = (
    ("item", 8), ("label", 22), ("subject", 11), ("state", 14), ("conflict", 16), ("hearing", 18), ("officer", 10),
    ("officer_date", 12), ("reason", 27), ("coverage", 20), ("blind", 24), ("verifiability", 28), ("findings", 12),
)  # fmt: skip
_OFFICER: Final = [key for key, _ in _COLUMNS].index("officer") + 1


def checklist_table(material: Material) -> Table:
    """List the answers; contradictions are marked loudly."""
    words, figures = material.edition.words, material.edition.figures
    named = ", ".join(words.name("checklist", c.checklist) for c in figures.checklists)
    several = len(figures.checklists) > 1
    extra = columns(words, ("checklist", 30)) if several else ()
    return Table(
        title=f"{words('sheet.checklist')}　{named}" if not several else words("sheet.checklist"),
        note=note_of(material.edition, "checklist"),
        columns=(*columns(words, *_COLUMNS), *extra, *evidence_columns(words)),
        rows=tuple(_row(material, row, several=several) for row in material.answers),
        empty=words("sheet_note.empty"),
        printed=len(_COLUMNS) + len(extra),
    )


def add_choices(sheet: Worksheet, material: Material) -> None:
    """Give the officer a list to choose from and a date to enter."""
    words, last = material.edition.words, FIRST_ROW + len(material.answers) - 1
    if not material.answers:
        return
    names = ",".join(words(f"choice.{key}") for key in ("yes", "no", "not_applicable"))
    choice = DataValidation(type="list", formula1=f'"{names}"', allow_blank=True, showErrorMessage=True)
    choice.error, choice.prompt = words("choice.bad"), words("choice.prompt")
    choice.showInputMessage = True
    date = DataValidation(
        type="date", operator="greaterThan", formula1="36526", allow_blank=True, showErrorMessage=True
    )
    date.error, date.prompt = words("choice.bad_date"), words("choice.date_prompt")
    date.showInputMessage = True
    for validation, column in ((choice, _OFFICER), (date, _OFFICER + 1)):
        letter = get_column_letter(column)
        validation.add(f"{letter}{FIRST_ROW}:{letter}{last}")
        sheet.add_data_validation(validation)
    for row in range(FIRST_ROW, last + 1):
        sheet.cell(row, _OFFICER + 1).number_format = "yyyy/mm/dd"


def _row(material: Material, row: AnswerRow, *, several: bool) -> tuple[Cell, ...]:
    """Write one answer."""
    words = material.edition.words
    none = words("none")
    aimed = "" if row.target_date == none else words("answer.target_date", date=row.target_date)
    hearing = "\n".join(t for t in (row.hearing, aimed, row.hearing_origin) if t and t != none)
    extra = (Cell(row.checklist),) if several else ()
    return (
        Cell(row.number, bold=True, centred=True),
        Cell(row.label, bold=True),
        Cell(row.subject),
        mark(row.state),
        Cell(row.conflict, tone="conflict") if row.conflict else Cell(none, centred=True),
        Cell(hearing),
        Cell(None),
        Cell(None),
        Cell(row.reason),
        Cell(f"{row.coverage}\n{row.period}"),
        Cell("\n".join(row.blind) or none),
        Cell(f"{row.verifiability}\n{row.why}"),
        material.finding_cell(row.finding_numbers),
        *extra,
        *material.evidence_cells(row.evidence),
    )
