"""Sheet: open services."""

from __future__ import annotations

from reports.rows.notes import note_of
from reports.rows.services import ServiceRow
from reports.workbook.cells import Cell
from reports.workbook.places import Material
from reports.workbook.sheets.columns import columns, evidence_columns, tally
from reports.workbook.table import Table

_COLUMNS = (
    ("host", 34), ("endpoint", 12), ("protocol", 18), ("product", 24), ("management", 12), ("details", 70),
    ("seen_from", 18), ("tally", 16), ("findings", 14),
)  # fmt: skip


def services_table(material: Material) -> Table:
    """List open services by address and port."""
    words = material.edition.words
    return Table(
        title=words("sheet.services"),
        note=note_of(material.edition, "services"),
        columns=(*columns(words, *_COLUMNS), *evidence_columns(words)),
        rows=tuple(_row(material, row) for row in material.services),
        empty=words("sheet_note.empty"),
    )


def _row(material: Material, row: ServiceRow) -> tuple[Cell, ...]:
    """Write one service."""
    return (
        material.subject(row.host, row.part.asset),
        Cell(row.endpoint, centred=True),
        Cell(row.protocol),
        Cell(row.product),
        Cell(row.management, centred=True),
        Cell("\n".join(row.details) or material.edition.words("none")),
        Cell(row.seen_from),
        tally(row.tally),
        material.finding_cell(row.findings),
        *material.evidence_cells(row.part.evidence),
    )
