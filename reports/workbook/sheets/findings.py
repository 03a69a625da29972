"""Sheet: all findings, fails first by severity."""

from __future__ import annotations

from collections.abc import Mapping

from reports.rows.findings import FindingRow
from reports.rows.notes import note_of
from reports.workbook.cells import Cell
from reports.workbook.places import Material
from reports.workbook.sheets.columns import columns, evidence_columns, mark
from reports.workbook.table import Table

_COLUMNS = (
    ("number", 9), ("verdict", 12), ("severity", 8), ("subject", 24), ("title", 22), ("reason", 38),
    ("remediation", 46), ("act", 9), ("items", 8),
)  # fmt: skip
_OPEN = frozenset({"unknown", "error"})
_UNPRINTED = (("topic", 18), ("cves", 16), ("confidence", 7), ("check", 26))


def findings_table(material: Material) -> Table:
    """List findings; what could not be judged stands between the bad and the good."""
    words = material.edition.words
    told: dict[str, str] = {}
    for row in material.findings:
        if row.part.verdict in _OPEN:
            told.setdefault(row.remediation, row.number)
    return Table(
        title=words("sheet.findings"),
        note=note_of(material.edition, "findings"),
        columns=(*columns(words, *_COLUMNS, *_UNPRINTED), *evidence_columns(words)),
        rows=tuple(_row(material, row, told) for row in material.findings),
        empty=words("sheet_note.empty"),
        printed=len(_COLUMNS),
    )


def _row(material: Material, row: FindingRow, told: Mapping[str, str]) -> tuple[Cell, ...]:
    """Write one finding; the severity speaks only of what failed.

    Takes: told, the finding that first says what to do if an open question turns out bad; others point to it.
    """
    first = told.get(row.remediation, row.number) if row.part.verdict in _OPEN else row.number
    again = first != row.number
    remediation = material.edition.words("finding.same_remediation", number=first) if again else row.remediation
    failed = row.part.verdict == "fail"
    return (
        material.lead(row.number, row.part.subject),
        mark(row.verdict),
        mark(row.severity) if failed else Cell(row.severity.text, centred=True),
        Cell(row.subject),
        Cell(row.title),
        Cell(row.reason),
        Cell(remediation),
        Cell(row.act),
        Cell(row.items),
        Cell(row.topic),
        Cell(row.cves),
        Cell(row.confidence, centred=True),
        Cell(f"{row.part.check} v{row.part.check_version}"),
        *material.evidence_cells(row.part.evidence),
    )
