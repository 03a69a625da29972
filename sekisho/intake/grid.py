"""Grids: a spreadsheet or csv file as rows of cells with their places, whatever it was saved as."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from sekisho.errors import SekishoError
from sekisho.intake.cells.parsed import CellValue
from sekisho.messages import say


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a table file may be. No register of one facility is larger: it is a slip or an attack on memory."""

    rows: int = 50_000
    columns: int = 256
    megabytes: int = 32
    unpacked_megabytes: int = 100


LIMITS: Final = Limits()
_MOST_COVERED: Final = 500_000
"""Merged cells that are looked after; no real register has so many, an overlapping heap of areas might."""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row that is not empty. number: 1-based row of a sheet, or line of a csv. cells: from column 1 on."""

    number: int
    cells: tuple[CellValue, ...]

    def cell(self, column: int) -> CellValue:
        """Give the cell of a 1-based column, "" beyond the end."""
        return self.cells[column - 1] if 0 < column <= len(self.cells) else ""

    @property
    def filled(self) -> int:
        """Count the cells that hold something."""
        return sum(1 for c in self.cells if c != "")


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged area, 1-based, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, or a whole csv (name ""). uncalculated: cells whose formula has no stored result."""

    name: str
    rows: tuple[GridRow, ...]
    merged: tuple[Merged, ...] = ()
    hidden: bool = False
    uncalculated: tuple[str, ...] = ()
    _by_number: Mapping[int, GridRow] = field(init=False, repr=False, compare=False)
    _covered: Mapping[tuple[int, int], Merged] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the rows by their number, and the cells that a merged area covers from above."""
        object.__setattr__(self, "_by_number", {r.number: r for r in self.rows})
        object.__setattr__(self, "_covered", dict(islice(self._covered_cells(), _MOST_COVERED)))

    def _covered_cells(self) -> Iterator[tuple[tuple[int, int], Merged]]:
        """Give (row, column) of the filled rows below the top of every area, in the area's first column."""
        numbers = [r.number for r in self.rows]
        for area in self.merged:
            for number in numbers[bisect_right(numbers, area.top) : bisect_right(numbers, area.bottom)]:
                yield (number, area.left), area

    def covering(self, number: int, column: int) -> Merged | None:
        """Give the merged area that begins in this column above this row and reaches down to it."""
        return self._covered.get((number, column))

    def row(self, number: int) -> GridRow:
        """Give a row by its number, an empty one where nothing stands."""
        return self._by_number.get(number, GridRow(number, ()))

    def place_of_row(self, number: int) -> str:
        """Name a row the same in every language: `Sheet1!7`, or `L7` for a line of a csv."""
        return f"{self.name}!{number}" if self.name else f"L{number}"

    def place(self, number: int, column: int, lang: str) -> str:
        """Name a cell: `Sheet1!C7`, or line and column of a csv."""
        if self.name:
            return f"{self.name}!{letters(column)}{number}"
        return say(lang, "intake.place.csv", line=number, column=column)


def letters(column: int) -> str:
    """Give the letters of a 1-based spreadsheet column: 1 is A, 27 is AA."""
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


class UnreadableError(SekishoError):
    """A table file that can't be read. key: message key below `intake.file`; place: where in the file, if known."""

    def __init__(self, key: str, place: str = "", **values: object) -> None:
        """Keep what is to be told."""
        super().__init__(f"{key} {place}".strip())
        self.key = key
        self.place = place
        self.given = values
