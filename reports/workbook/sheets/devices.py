"""Sheet: devices and lines held against the registers."""

from __future__ import annotations

from reports.rows.notes import note_of
from reports.rows.devices import DeviceRow
from reports.workbook.cells import Cell
from reports.workbook.places import Material
from reports.workbook.sheets.columns import columns, evidence_columns, mark, tally
from reports.workbook.table import Table

_COLUMNS = (
    ("register", 20), ("name", 28), ("addresses", 22), ("register_numbers", 12), ("differences", 44), ("category", 18),
    ("product", 24), ("version", 14), ("macs", 19), ("location", 16), ("tier", 20), ("tally", 16), ("origins", 28),
)  # fmt: skip


def devices_table(material: Material) -> Table:
    """List devices and lines, differences first."""
    words = material.edition.words
    return Table(
        title=words("sheet.devices"),
        note=note_of(material.edition, "devices"),
        columns=(*columns(words, *_COLUMNS), *evidence_columns(words)),
        rows=tuple(_row(material, row) for row in material.devices),
        empty=words("sheet_note.empty"),
    )


def _row(material: Material, row: DeviceRow) -> tuple[Cell, ...]:
    """Write one device or line."""
    none = material.edition.words("none")
    return (
        mark(row.state),
        Cell(row.name, bold=True),
        Cell(row.addresses),
        Cell(row.register_numbers),
        Cell("\n".join(row.differences) or none),
        Cell(row.category),
        Cell(row.product),
        Cell(row.version),
        Cell(row.macs),
        Cell(row.location),
        Cell(row.tier),
        tally(row.tally),
        Cell(row.origins),
        *material.evidence_cells(row.evidence),
    )
