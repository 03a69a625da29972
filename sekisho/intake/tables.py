"""Tables: a register file → its rows by canonical field, with every problem of the file told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sekisho.intake.cells.parsed import CellValue, plain
from sekisho.intake.delimited import read_delimited
from sekisho.intake.grid import GridRow, Sheet, UnreadableError, letters
from sekisho.intake.header_search import SEARCHED_ROWS, Header, find_header
from sekisho.intake.headers import TableKind
from sekisho.intake.remarks import Remarks
from sekisho.intake.rows import Row
from sekisho.model.engagement import Origin

_DITTO: Final = frozenset({"〃", "々", "同上", '"', "''", "”", "“", "″", "same as above", "ditto"})
_OWN: Final = frozenset({"number", "addresses", "macs", "hostname", "item", "answer"})
"""Fields in which 同上 can't be meant: what identifies a row, and an answer."""
_EXAMPLE_NUMBER: Final = re.compile(r"[(【\[]?例|e\.g\.", re.IGNORECASE)
_EXAMPLE_TEXT: Final = re.compile(r"[(【\[]例[)】\]]|例\s*[):]|e\.g\.", re.IGNORECASE)
_ZIP: Final = b"PK\x03\x04"
_LIKELY_TABLE: Final = 4
"""Known headings that make a sheet without a mandatory column a mistake, not a list of choices."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A sheet with the header that was found on it."""

    sheet: Sheet
    header: Header
    missing: tuple[str, ...]


def read_table(path: Path, name: str, *, kind: TableKind, remarks: Remarks) -> list[Row]:
    """Read one table file. name: its path as messages and origins show it. Gives nothing when it can't be read."""
    try:
        sheets = _sheets(path)
    except UnreadableError as error:
        remarks.wrong(Origin(name, error.place), "", f"file.{error.key}", **error.given)
        return []
    except OSError as error:
        remarks.wrong(Origin(name), "", "file.unreadable", why=error.strerror or type(error).__name__)
        return []
    return [row for found in _with_header(sheets, name, kind, remarks) for row in _rows(found, name, kind, remarks)]


def _sheets(path: Path) -> tuple[Sheet, ...]:
    """Read a file by its extension. Raises: UnreadableError, OSError."""
    if not path.is_file():
        raise UnreadableError("no_file")
    raw = path.read_bytes()
    if not raw.strip():
        raise UnreadableError("empty")
    if path.suffix.lower() == ".xlsx":
        from sekisho.intake.workbook import read_workbook  # noqa: PLC0415 - takes long to load, and many have csv alone

        return read_workbook(raw)
    if raw.startswith(_ZIP):
        raise UnreadableError("extension")
    return (read_delimited(raw),)


def _with_header(sheets: tuple[Sheet, ...], name: str, kind: TableKind, remarks: Remarks) -> list[_Found]:
    """Give the sheets that are tables of this kind; say which are not read, and what is missing where."""
    found: list[_Found] = []
    for sheet in sheets:
        header = find_header(sheet, kind) if sheet.rows else None
        if header is None or sheet.hidden:
            if sheet.rows:
                key = "table.sheet_hidden" if header else "table.sheet_without_header"
                remarks.note(Origin(name, sheet.name), "", key)
            continue
        found.append(_Found(sheet, header, tuple(m for m in kind.mandatory if not header.has(m))))
    whole = [f for f in found if not f.missing]
    for broken in (f for f in found if f.missing):
        if whole and len(set(broken.header.columns.values())) < _LIKELY_TABLE:
            remarks.note(Origin(name, broken.sheet.name), "", "table.sheet_without_header")
            continue
        for field in broken.missing:
            at = Origin(name, broken.sheet.place_of_row(broken.header.last_row))
            titles = kind.title(field, remarks.lang)
            remarks.wrong(at, "", "table.column_missing", column=titles)
    if not found:
        expected = "、".join(kind.title(c, remarks.lang) for c in kind.columns[:6])
        remarks.wrong(Origin(name), "", "table.no_header", rows=SEARCHED_ROWS, columns=expected)
    return whole


def _rows(found: _Found, name: str, kind: TableKind, remarks: Remarks) -> Iterator[Row]:
    """Give the rows of one sheet that say something."""
    sheet, header = found.sheet, found.header
    for column, heading in header.unknown.items():
        at = Origin(name, sheet.place(header.last_row, column, remarks.lang))
        remarks.note(at, heading, "table.column_unknown")
    _report_uncalculated(found, name, remarks)
    previous: dict[int, CellValue] = {}
    for line in (r for r in sheet.rows if r.number > header.last_row):
        values = _values(line, found, previous)
        previous = values
        if not values or _repeats_header(values, header, kind):
            continue
        row = Row(name, sheet, kind, line.number, _by_field(values, header), remarks)
        if _is_example(row):
            continue
        if len(values) == 1 and not row.has("addresses", "macs", *kind.mandatory):
            remarks.note(row.origin, plain(next(iter(values.values()))), "table.row_skipped")
            continue
        row.report_failed_formulas()
        yield row


def _values(line: GridRow, found: _Found, previous: dict[int, CellValue]) -> dict[int, CellValue]:
    """Give the filled cells of the mapped columns; vertical merges and 同上 take the value from above."""
    values: dict[int, CellValue] = {}
    for column, field in found.header.columns.items():
        value = line.cell(column)
        if value == "" and (area := found.sheet.covering(line.number, column)):
            value = found.sheet.row(area.top).cell(area.left) if area.top > found.header.last_row else ""
        if field not in _OWN and plain(value) in _DITTO:
            value = previous.get(column, "")
        if plain(value):
            values[column] = value
    return values


def _by_field(values: dict[int, CellValue], header: Header) -> dict[str, tuple[tuple[int, CellValue], ...]]:
    """Group cells by field, in column order."""
    fields: dict[str, tuple[tuple[int, CellValue], ...]] = {}
    for column in sorted(values):
        field = header.columns[column]
        fields[field] = (*fields.get(field, ()), (column, values[column]))
    return fields


def _repeats_header(values: dict[int, CellValue], header: Header, kind: TableKind) -> bool:
    """Tell whether a row is the header again, as on every page of a printed register."""
    return len(values) > 1 and all(kind.column_of(plain(v)) == header.columns[c] for c, v in values.items())


def _is_example(row: Row) -> bool:
    """Tell whether a row is the form's example (例-001; where there is no number: 例) サーバ室)."""
    first = row.kind.columns[0]
    pattern = _EXAMPLE_NUMBER if first == "number" else _EXAMPLE_TEXT
    return pattern.match(row.text(first)) is not None


def _report_uncalculated(found: _Found, name: str, remarks: Remarks) -> None:
    """Record cells below a heading whose formula has no stored result: they would read as empty."""
    columns = {letters(c) for c in found.header.columns}
    for place in found.sheet.uncalculated:
        column, row = place.rstrip("0123456789"), place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        if column in columns and row.isdigit() and int(row) > found.header.last_row:
            remarks.wrong(Origin(name, f"{found.sheet.name}!{place}"), "", "cell.formula_without_result")
