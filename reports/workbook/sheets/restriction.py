"""Sheet: the restriction matrix, one row per service and vantage."""

from __future__ import annotations

from reports.rows.notes import note_of
from reports.rows.restriction import Cell as Seen
from reports.rows.restriction import Line
from reports.workbook.cells import Cell
from reports.workbook.places import Material
from reports.workbook.sheets.columns import columns, evidence_columns, mark
from reports.workbook.table import Table

_COLUMNS = (
    ("service", 34), ("tried_from", 24), ("meant", 18), ("outcome", 22), ("verdict", 20), ("control", 30),
    ("to_settle", 52),
)  # fmt: skip


def restriction_table(material: Material) -> Table:
    """List how each service behaved towards each vantage."""
    words = material.edition.words
    return Table(
        title=words("sheet.restriction"),
        note=note_of(material.edition, "restriction"),
        columns=(*columns(words, *_COLUMNS), *evidence_columns(words)),
        rows=tuple(
            _row(material, line, vantage, seen)
            for line in material.matrix.lines
            for vantage, seen in zip(material.matrix.vantages, line.cells, strict=True)
            if seen is not None
        ),
        empty=words("page.restriction_empty"),
        printed=len(_COLUMNS),
    )


def _row(material: Material, line: Line, vantage: str, seen: Seen) -> tuple[Cell, ...]:
    """Write one service from one vantage."""
    none = material.edition.words("none")
    return (
        Cell(line.service, place=material.subjects.get(line.subject, "")),
        Cell(vantage),
        Cell(seen.meant),
        Cell(seen.outcome),
        mark(seen.verdict),
        Cell(seen.control or none),
        Cell(seen.to_settle or none),
        *material.evidence_cells(seen.evidence),
    )
