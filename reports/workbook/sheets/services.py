"""Sheet: open services."""

from __future__ import annotations

from reports.rows.notes import note_of
from reports.rows.services import ServiceRow
from reports.workbook.cells import Cell
from reports.workbook.places import Material
from reports.workbook.sheets.columns import columns, evidence_columns, tally
from reports.workbook.table import Table

_COLUMNS = (
    ("endpoint", 10), ("host", 28), ("protocol", 15), ("product", 18), ("management", 8), ("details", 64),
    ("seen_from", 14), ("tally", 18), ("findings", 12),
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
        printed=len(_COLUMNS),
    )


def _row(material: Material, row: ServiceRow) -> tuple[Cell, ...]:
    """Write one service."""
    return (
        material.lead(row.endpoint, row.part.asset),
        Cell(row.host),
        Cell(row.protocol),
        Cell(row.product),
        Cell(row.management, centred=True),
        Cell("\n".join(row.details) or material.edition.words("none")),
        Cell(row.seen_from),
        tally(row.tally),
        material.finding_cell(row.findings),
        *material.evidence_cells(row.part.evidence),
    )
