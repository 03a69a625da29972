"""Rows: the cells of one register line by field, read through the cell parsers with every remark placed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from sekisho.intake.cells.addresses import parse_addresses, parse_macs
from sekisho.intake.cells.dates import parse_date
from sekisho.intake.cells.parsed import CellValue, Parsed, Remark, plain, shown
from sekisho.intake.cells.vocabulary import parse_state, parse_yes_no
from sekisho.intake.cells.words import words
from sekisho.intake.grid import Sheet
from sekisho.intake.headers import TableKind
from sekisho.intake.remarks import Remarks
from sekisho.model.engagement import Origin, RowState
from sekisho.model.subjects import IPAddress

T = TypeVar("T")

_EXCEL_ERRORS: Final = frozenset(
    {"#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
_WHOLE: Final = frozenset({"note", "software"})
"""Text fields of which several columns are joined; of every other field the first filled column counts."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. cells: field → its cells as (1-based column, value), filled ones only."""

    file: str
    sheet: Sheet
    kind: TableKind
    number: int
    cells: Mapping[str, tuple[tuple[int, CellValue], ...]]
    remarks: Remarks

    @property
    def origin(self) -> Origin:
        """Where the row stands, the same in every language."""
        return Origin(self.file, self.sheet.place_of_row(self.number))

    def has(self, *fields: str) -> bool:
        """Tell whether any of the fields is filled."""
        return any(self.cells.get(f) for f in fields)

    def place(self, field: str) -> Origin:
        """Name the (first) cell of a field; the row where it has none."""
        cells = self.cells.get(field, ())
        if not cells:
            return self.origin
        return Origin(self.file, self.sheet.place(self.number, cells[0][0], self.remarks.lang))

    def text(self, field: str) -> str:
        """Give a field as one line of normalised text, "" when empty or only a dash."""
        texts = [t for _, v in self._valid(field) if (t := plain(v)) not in words("empty", "text")]
        return "、".join(dict.fromkeys(texts)) if field in _WHOLE else next(iter(texts), "")

    def date(self, field: str, *, month_end: bool = False) -> date | None:
        """Give a date field."""
        return self.take(field, lambda v: parse_date(v, month_end=month_end))

    def yes_no(self, field: str) -> str:
        """Give a yes/no field as yes, no or ""."""
        return self.take(field, parse_yes_no)

    def state(self) -> RowState:
        """Give the field 状態."""
        return self.take("state", parse_state)

    def addresses(self, field: str = "addresses", *, networks: bool = False) -> tuple[IPAddress, ...]:
        """Give the addresses of all columns of a field, each once."""
        found = self._each(field, lambda v: parse_addresses(v, networks=networks))
        return tuple(dict.fromkeys(a for some in found for a in some))

    def macs(self) -> tuple[str, ...]:
        """Give the MAC addresses of all columns, each once."""
        return tuple(dict.fromkeys(m for some in self._each("macs", parse_macs) for m in some))

    def take(self, field: str, parser: Callable[[CellValue], Parsed[T]]) -> T:
        """Read the first filled cell of a field; what a parser makes of an empty cell when there is none."""
        cells = self._valid(field)
        return self._read(field, cells[0], parser) if cells else parser("").value

    def wrong(self, field: str, key: str, **values: object) -> None:
        """Record a problem with a field."""
        self.remarks.wrong(self.place(field), self._shown(field), key, **values)

    def note(self, field: str, key: str, **values: object) -> None:
        """Record a notice on a field."""
        self.remarks.note(self.place(field), self._shown(field), key, **values)

    def _shown(self, field: str) -> str:
        """Give what stands in a field's first cell."""
        cells = self.cells.get(field, ())
        return shown(cells[0][1]) if cells else ""

    def _each(self, field: str, parser: Callable[[CellValue], Parsed[T]]) -> list[T]:
        """Read every filled cell of a field."""
        return [self._read(field, cell, parser) for cell in self._valid(field)]

    def _read(self, field: str, cell: tuple[int, CellValue], parser: Callable[[CellValue], Parsed[T]]) -> T:
        """Run a parser over a cell and place what it has to say."""
        column, value = cell
        parsed = parser(value)
        for remark in parsed.wrong:
            self._remark(field, column, remark, self.remarks.wrong)
        for remark in parsed.noted:
            self._remark(field, column, remark, self.remarks.note)
        return parsed.value

    def _remark(self, field: str, column: int, remark: Remark, record: Callable[..., None]) -> None:
        """Place one remark of a parser."""
        at = Origin(self.file, self.sheet.place(self.number, column, self.remarks.lang))
        record(at, remark.part, f"cell.{remark.key}", column=self.kind.title(field, self.remarks.lang))

    def _valid(self, field: str) -> list[tuple[int, CellValue]]:
        """Give a field's cells without those in which a formula failed."""
        return [c for c in self.cells.get(field, ()) if c[1] not in _EXCEL_ERRORS]

    def report_failed_formulas(self) -> None:
        """Record every cell in which a spreadsheet formula failed."""
        for field, cells in self.cells.items():
            for column, value in cells:
                if value in _EXCEL_ERRORS:
                    self._remark(field, column, Remark("formula_failed", str(value)), self.remarks.wrong)
