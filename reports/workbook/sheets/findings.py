"""Sheet: all findings, fails first by severity."""

from __future__ import annotations

from reports.rows.findings import FindingRow
from reports.rows.notes import note_of
from reports.workbook.cells import Cell
from reports.workbook.places import Material
from reports.workbook.sheets.columns import columns, evidence_columns, mark
from reports.workbook.table import Table

_COLUMNS = (
    ("number", 8), ("verdict", 14), ("severity", 8), ("subject", 26), ("title", 22), ("reason", 36),
    ("remediation", 34), ("act", 10), ("topic", 16), ("items", 8), ("cves", 16), ("confidence", 7), ("check", 18),
)  # fmt: skip


def findings_table(material: Material) -> Table:
    """List findings; what could not be judged stands between the bad and the good."""
    words = material.edition.words
    return Table(
        title=words("sheet.findings"),
        note=note_of(material.edition, "findings"),
        columns=(*columns(words, *_COLUMNS), *evidence_columns(words)),
        rows=tuple(_row(material, row) for row in material.findings),
        empty=words("sheet_note.empty"),
    )


def _row(material: Material, row: FindingRow) -> tuple[Cell, ...]:
    """Write one finding; the severity speaks only of what failed."""
    failed = row.part.verdict == "fail"
    return (
        material.lead(row.number, row.part.subject),
        mark(row.verdict),
        mark(row.severity) if failed else Cell(row.severity.text, centred=True),
        Cell(row.subject),
        Cell(row.title),
        Cell(row.reason),
        Cell(row.remediation),
        Cell(row.act),
        Cell(row.topic),
        Cell(row.items),
        Cell(row.cves),
        Cell(row.confidence, centred=True),
        Cell(f"{row.part.check} v{row.part.check_version}"),
        *material.evidence_cells(row.part.evidence),
    )
