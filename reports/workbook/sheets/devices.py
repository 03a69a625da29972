"""Sheet: devices and lines held against the registers."""

from __future__ import annotations

from reports.rows.devices import DeviceRow
from reports.rows.notes import note_of
from reports.workbook.cells import Cell
from reports.workbook.places import Material
from reports.workbook.sheets.columns import columns, evidence_columns, mark, tally
from reports.workbook.table import Table

_COLUMNS = (
    ("register", 23), ("name", 22), ("addresses", 19), ("register_numbers", 11), ("differences", 32), ("category", 13),
    ("product", 20), ("location", 12), ("tier", 24), ("tally", 18),
)  # fmt: skip
_UNPRINTED = (("origins", 36),)


def devices_table(material: Material) -> Table:
    """List devices and lines, differences first."""
    words = material.edition.words
    return Table(
        title=words("sheet.devices"),
        note=note_of(material.edition, "devices"),
        columns=(*columns(words, *_COLUMNS, *_UNPRINTED), *evidence_columns(words)),
        rows=tuple(_row(material, row) for row in material.devices),
        empty=words("sheet_note.empty"),
        printed=len(_COLUMNS),
    )


def _row(material: Material, row: DeviceRow) -> tuple[Cell, ...]:
    """Write one device or line."""
    none = material.edition.words("none")
    seen, product = (
        tuple(t for t in texts if t != none) for texts in ((row.addresses, row.macs), (row.product, row.version))
    )
    return (
        mark(row.state),
        Cell(row.name, bold=True),
        Cell("\n".join(seen) or none),
        Cell("\n".join(row.register_numbers) or none, centred=True),
        Cell("\n".join(row.differences) or none),
        Cell(row.category),
        Cell("\n".join(product) or none),
        Cell(row.location),
        Cell(row.tier),
        tally(row.tally),
        Cell("\n".join(row.origins) or none),
        *material.evidence_cells(row.evidence),
    )
