"""Columns that several sheets share."""

from __future__ import annotations

from reports.rows.marks import Mark, Tally
from reports.words import Words
from reports.workbook.cells import Cell
from reports.workbook.places import EVIDENCE_COLUMNS
from reports.workbook.table import Column


def columns(words: Words, *named: tuple[str, int]) -> tuple[Column, ...]:
    """Give columns by the keys of their titles."""
    return tuple(Column(words(f"column.{key}"), widest) for key, widest in named)


def evidence_columns(words: Words) -> tuple[Column, ...]:
    """Give the columns that end every claim."""
    single = tuple(Column(words("column.evidence_at", at=at), 14) for at in range(1, EVIDENCE_COLUMNS + 1))
    return (*single, Column(words("column.evidence_more"), 11))


def mark(value: Mark) -> Cell:
    """Give a cell for a word with a tone."""
    return Cell(value.text, tone=value.tone)


def tally(value: Tally) -> Cell:
    """Give a cell with the three numbers that belong together."""
    return Cell(f"{value.fail} / {value.unknown} / {value.passed}", centred=True)
