"""csv files as Japanese offices save them: UTF-8 with or without BOM, CP932, UTF-16; comma, tab or semicolon."""

from __future__ import annotations

import csv
import io
from typing import Final

from sekisho.intake.grid import LIMITS, GridRow, Limits, Sheet, UnreadableError

_DELIMITERS: Final = (",", "\t", ";")
_SAMPLE: Final = Limits(rows=20)


def read_delimited(raw: bytes, limits: Limits = LIMITS) -> Sheet:
    """Read a csv; row numbers are the lines on which records begin. Raises: UnreadableError."""
    if len(raw) > limits.megabytes << 20:
        raise UnreadableError("too_large", limit=limits.megabytes)
    text = _decode(raw)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableError("nul", f"L{line}")
    return Sheet("", tuple(_records(text, _delimiter(text), limits)))


def _decode(raw: bytes) -> str:
    """Decode by BOM, else UTF-8, else CP932. Raises: UnreadableError naming the line where all of them fail."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError as error:
            raise UnreadableError("encoding") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        utf8_end = error.start
    try:
        return raw.decode("cp932")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, max(utf8_end, error.start)) + 1
        raise UnreadableError("encoding", f"L{line}") from error


def _delimiter(text: str) -> str:
    """Choose the delimiter that splits the first records into the most cells; a comma when none does."""
    head = "\n".join(text.splitlines()[: _SAMPLE.rows * 2])
    counts: dict[str, int] = {}
    for delimiter in _DELIMITERS:
        try:
            counts[delimiter] = sum(r.filled for r in _records(head, delimiter, _SAMPLE, strict=False))
        except UnreadableError:
            counts[delimiter] = 0
    return max(_DELIMITERS, key=lambda d: counts[d])


def _records(text: str, delimiter: str, limits: Limits, *, strict: bool = True) -> list[GridRow]:
    """Split into records that are not empty. Raises: UnreadableError on broken quoting or too many cells."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    rows: list[GridRow] = []
    line = 1
    try:
        for record in reader:
            cells = tuple(c.strip() for c in record)
            begun, line = line, reader.line_num + 1
            if not any(cells):
                continue
            if len(rows) >= limits.rows:
                if not strict:
                    break
                raise UnreadableError("too_many_rows", f"L{begun}", limit=limits.rows)
            if strict and any(cells[limits.columns :]):
                raise UnreadableError("too_many_columns", f"L{begun}", limit=limits.columns)
            rows.append(GridRow(begun, cells[: limits.columns]))
    except csv.Error as error:
        raise UnreadableError("csv", f"L{line}") from error
    return rows
