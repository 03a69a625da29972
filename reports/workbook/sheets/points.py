"""Sheet: the list of connection points."""

from __future__ import annotations

from reports.rows.notes import note_of
from reports.rows.points import PointRow
from reports.workbook.cells import Cell
from reports.workbook.places import Material
from reports.workbook.sheets.columns import columns, evidence_columns, mark, tally
from reports.workbook.table import Table

_COLUMNS = (
    ("number", 8), ("kinds", 24), ("name", 30), ("device", 30), ("register_numbers", 12), ("register", 16),
    ("worst", 18), ("tally", 16), ("carrier", 18), ("owner", 24), ("remote_maintenance", 14),
    ("source_restriction", 14), ("found_by", 18), ("findings", 14),
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
    )


def _row(material: Material, row: PointRow) -> tuple[Cell, ...]:
    """Write one connection point."""
    about = (row.name, row.counterpart, row.purpose)
    none = material.edition.words("none")
    named = tuple(t for t in dict.fromkeys(about) if t != none)
    return (
        Cell(row.number, bold=True, centred=True),
        Cell(row.kinds),
        Cell("\n".join(named) or none),
        material.subject(row.device, row.part.asset or ""),
        Cell(row.register_numbers),
        mark(row.register),
        mark(row.worst),
        tally(row.tally),
        Cell(row.carrier),
        Cell(row.owner),
        Cell(row.remote_maintenance, centred=True),
        Cell(row.source_restriction, centred=True),
        Cell(row.found_by),
        material.finding_cell(row.findings),
        *material.evidence_cells(row.part.evidence),
    )
