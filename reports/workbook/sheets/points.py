"""Sheet: the list of connection points."""

from __future__ import annotations

from reports.rows.notes import note_of
from reports.rows.points import PointRow
from reports.workbook.cells import Cell
from reports.workbook.places import Material
from reports.workbook.sheets.columns import columns, evidence_columns, mark, tally
from reports.workbook.table import Table

_COLUMNS = (
    ("number", 8), ("kinds", 18), ("name", 26), ("device", 24), ("register_numbers", 9), ("register", 23),
    ("worst", 12), ("tally", 18), ("owner", 22), ("remote_maintenance", 8), ("source_restriction", 8),
    ("found_by", 13), ("findings", 12),
)  # fmt: skip


def points_table(material: Material) -> Table:
    """List the connection points, those in no register first."""
    words = material.edition.words
    return Table(
        title=words("sheet.points"),
        note=note_of(material.edition, "points"),
        columns=(*columns(words, *_COLUMNS), *evidence_columns(words)),
        rows=tuple(_row(material, row) for row in material.points),
        empty=words("sheet_note.empty"),
        printed=len(_COLUMNS),
    )


def _row(material: Material, row: PointRow) -> tuple[Cell, ...]:
    """Write one connection point."""
    none = material.edition.words("none")
    holders = tuple(t for t in dict.fromkeys((row.carrier, row.owner)) if t != none)
    return (
        material.lead(row.number, row.part.asset or ""),
        Cell(row.kinds),
        Cell("\n".join((row.name, *row.about))),
        Cell(row.device),
        Cell(row.register_numbers, centred=True),
        mark(row.register),
        mark(row.worst),
        tally(row.tally),
        Cell("\n".join(holders) or none),
        Cell(row.remote_maintenance, centred=True),
        Cell(row.source_restriction, centred=True),
        Cell(row.found_by),
        material.finding_cell(row.findings),
        *material.evidence_cells(row.part.evidence),
    )
