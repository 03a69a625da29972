"""Registers as tables of text, whether CSV (of either encoding) or xlsx, that can be changed in one place."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from lab.scenario.placeholders import ENCODINGS

SUFFIXES = (".csv", ".xlsx")
BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a register; for a workbook, of one of its sheets."""

    file: Path
    sheet: str | None
    number: int
    """From 0."""
    cells: tuple[str, ...]


def read_rows(folder: Path) -> Iterator[TableRow]:
    """Give all rows of all registers under `folder`."""
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() == ".csv":
            _, rows = _read_csv(file)
            for number, cells in enumerate(rows):
                yield TableRow(file, None, number, tuple(cells))
        elif file.suffix.lower() == ".xlsx":
            for sheet in load_workbook(file).worksheets:
                for number, values in enumerate(sheet.iter_rows(values_only=True)):
                    yield TableRow(file, sheet.title, number, tuple("" if v is None else str(v) for v in values))


def remove_row(row: TableRow) -> None:
    """Take a row out of its register."""
    if row.sheet is None:
        encoding, rows = _read_csv(row.file)
        _write_csv(row.file, encoding, rows[: row.number] + rows[row.number + 1 :])
        return
    workbook = load_workbook(row.file)
    sheet: Worksheet = workbook[row.sheet]
    sheet.delete_rows(row.number + 1)
    workbook.save(row.file)


def set_cell(row: TableRow, column: int, value: str) -> None:
    """Change one cell of a register."""
    if row.sheet is None:
        encoding, rows = _read_csv(row.file)
        rows[row.number][column] = value
        _write_csv(row.file, encoding, rows)
        return
    workbook = load_workbook(row.file)
    sheet: Worksheet = workbook[row.sheet]
    sheet.cell(row.number + 1, column + 1).value = value
    workbook.save(row.file)


def _read_csv(file: Path) -> tuple[str, list[list[str]]]:
    """Give encoding and rows; a BOM stays part of the first cell.

    Raises: UnicodeDecodeError when the file has none of the encodings that registers come in.
    """
    content = file.read_bytes()
    for encoding in ENCODINGS[:-1]:
        try:
            return encoding, list(csv.reader(io.StringIO(content.decode(encoding), newline="")))
        except UnicodeDecodeError:
            continue
    return ENCODINGS[-1], list(csv.reader(io.StringIO(content.decode(ENCODINGS[-1]), newline="")))


def _write_csv(file: Path, encoding: str, rows: list[list[str]]) -> None:
    """Write rows back."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    file.write_bytes(buffer.getvalue().encode(encoding))
