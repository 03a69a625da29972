"""Dates that move with the calendar: `{{day:-30}}` becomes the day 30 days ago, in ISO form."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import load_workbook

PLACEHOLDER = re.compile(r"\{\{\s*day\s*:\s*([+-]?[0-9]{1,5})\s*\}\}")
TEXT_SUFFIXES = (".toml", ".csv")
ENCODINGS = ("utf-8", "cp932")
"""Registers come with or without BOM, or as Windows-31J; the BOM is kept, as a character of the text."""


def replace_days(content: str, today: date) -> str:
    """Replace every placeholder in a text."""
    return PLACEHOLDER.sub(lambda match: (today + timedelta(days=int(match[1]))).isoformat(), content)


def replace_in_file(file: Path, today: date) -> None:
    """Replace the placeholders of one file: TOML and CSV as text, xlsx cell by cell; other files stay as they are."""
    if file.suffix.lower() in TEXT_SUFFIXES:
        _write_changed(file, _replace_in_bytes(file.read_bytes(), today))
    elif file.suffix.lower() == ".xlsx":
        _write_changed(file, _replace_in_workbook(file.read_bytes(), today))


def _replace_in_bytes(content: bytes, today: date) -> bytes:
    """Replace in a text of either encoding; what is neither isn't touched."""
    for encoding in ENCODINGS:
        try:
            return replace_days(content.decode(encoding), today).encode(encoding)
        except UnicodeDecodeError:
            continue
    return content


def _replace_in_workbook(content: bytes, today: date) -> bytes:
    """Replace in all cells; a workbook without placeholders comes back byte for byte."""
    try:
        workbook = load_workbook(io.BytesIO(content))
    except (BadZipFile, KeyError, ValueError):
        return content  # no workbook: the survey's intake has to say so, not we
    is_changed = False
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and PLACEHOLDER.search(cell.value):
                    cell.value = replace_days(cell.value, today)
                    is_changed = True
    if not is_changed:
        return content
    changed = io.BytesIO()
    workbook.save(changed)
    return changed.getvalue()


def _write_changed(file: Path, content: bytes) -> None:
    """Write only what is different."""
    if content != file.read_bytes():
        file.write_bytes(content)
