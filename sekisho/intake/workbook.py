"""xlsx files: every sheet as cells with their shown text, guarded against broken, locked and inflated files."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Final

from openpyxl import load_workbook

from sekisho.intake.cells.parsed import CellValue
from sekisho.intake.grid import LIMITS, GridRow, Limits, Sheet, UnreadableError, letters
from sekisho.intake.workbook_parts import SheetPart, sheet_parts

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Compound file header: xls, and xlsx under a password (MS-OFFCRYPTO 2.3, stream EncryptedPackage)."""
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_DECIMALS: Final = re.compile(r"[0#,]*0\.(0+)(?![#0-9])")


def read_workbook(raw: bytes, limits: Limits = LIMITS) -> tuple[Sheet, ...]:
    """Read every sheet that can hold cells. Raises: UnreadableError, never anything else."""
    _guard(raw, limits)
    try:
        parts = sheet_parts(raw)
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        try:
            return tuple(_sheet(s, parts.get(s.title, SheetPart()), limits) for s in book.worksheets)
        finally:
            book.close()
    except UnreadableError:
        raise
    except Exception as error:  # the one place of this stage: openpyxl raises a dozen types on garbage
        raise UnreadableError("xlsx") from error


def _guard(raw: bytes, limits: Limits) -> None:
    """Refuse what is no workbook, is locked, or would fill the memory."""
    if len(raw) > limits.megabytes << 20:
        raise UnreadableError("too_large", limit=limits.megabytes)
    if raw.startswith(_OLE):
        raise UnreadableError("password" if _ENCRYPTED in raw else "xls")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            entries = packed.infolist()
            if any(e.flag_bits & 1 for e in entries):
                raise UnreadableError("password")
            left = limits.unpacked_megabytes << 20
            for entry in entries:
                left -= _unpacked(packed, entry, left)
                if left < 0:
                    raise UnreadableError("inflated", limit=limits.unpacked_megabytes)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise UnreadableError("xlsx") from error


def _unpacked(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> int:
    """Measure an entry by unpacking it, since the size written in a zip may lie; not much further than is left."""
    size = 0
    with packed.open(entry) as stream:
        while size <= left and (chunk := stream.read(1 << 20)):
            size += len(chunk)
    return size


def _sheet(sheet: Any, part: SheetPart, limits: Limits) -> Sheet:  # noqa: ANN401 - openpyxl's read-only sheet has no public type
    """Read one sheet; formatted but empty rows cost nothing."""
    sheet.reset_dimensions()  # some programs write a wrong size, and rows beyond it would be lost
    rows: list[GridRow] = []
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        values = _trimmed(_value(c.value, getattr(c, "number_format", "")) for c in cells)
        if not values:
            continue
        if len(values) > limits.columns:
            raise UnreadableError("too_many_columns", f"{sheet.title}!{number}", limit=limits.columns)
        if len(rows) >= limits.rows:
            raise UnreadableError("too_many_rows", f"{sheet.title}!{number}", limit=limits.rows)
        rows.append(GridRow(number, values))
    known = {f"{letters(c)}{r.number}" for r in rows for c, v in enumerate(r.cells, start=1) if v != ""}
    empty = tuple(p for p in part.formulas_without_result if p not in known)
    return Sheet(sheet.title, tuple(rows), part.merged, sheet.sheet_state != "visible", empty)


def _trimmed(values: Iterator[CellValue]) -> tuple[CellValue, ...]:
    """Drop empty cells at the end of a row."""
    cells = list(values)
    while cells and cells[-1] == "":
        cells.pop()
    return tuple(cells)


def _value(value: object, number_format: str) -> CellValue:
    """Give a cell as its reader sees it."""
    match value:
        case None:
            return ""
        case datetime():
            return value.replace(tzinfo=None)
        case date():
            return datetime.combine(value, time())
        case bool():
            return str(value).upper()
        case int() | float():
            return _number(value, number_format)
    return str(value).strip()


def _number(value: float, number_format: str) -> str:
    """Give a number as formatted: 7.10 stays 7.10 and 001 stays 001, which matters for versions and numbers."""
    shape = number_format.partition(";")[0].strip()
    if re.fullmatch(r"0{2,}", shape) and value == int(value):
        return f"{int(value):0{len(shape)}d}"
    if decimals := _DECIMALS.fullmatch(shape):
        return f"{value:.{len(decimals[1])}f}"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - exact in a double
        return str(int(value))
    return str(value)
