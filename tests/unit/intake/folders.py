"""Engagement folders and tables for the tests."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sekisho.errors import InputError, Problem
from sekisho.intake.load import Intake, load_engagement

MINIMAL = """
schema = 1
[facility]
name = "試験病院"
kind = "hospital"
[[consent]]
granted_by = "病院長"
role = "hospital"
document = "documents/consent.pdf"
valid_from = 2026-11-01
valid_until = 2026-12-28
hours = ["Mon-Fri 19:00-06:00", "Sat,Sun 00:00-24:00"]
covers = ["192.0.2.0/24"]
max_tier = "T3"
methods = ["active"]
stop_contact = "内線 0000"
[scope]
include = ["192.0.2.0/24"]
[[vantage]]
name = "management"
role = "management"
"""


def make_folder(folder: Path, config: str = MINIMAL) -> Path:
    (folder / "documents" / "answers").mkdir(parents=True, exist_ok=True)
    (folder / "documents" / "consent.pdf").write_bytes(b"%PDF-1.4 signed")
    (folder / "engagement.toml").write_text(config, encoding="utf-8")
    return folder


def write(folder: Path, name: str, content: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))


def first_sheet(book: Workbook) -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    return sheet


def workbook(*rows: Sequence[object], title: str = "Sheet1") -> bytes:
    book = Workbook()
    sheet = first_sheet(book)
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def load(folder: Path, lang: str = "ja") -> Intake:
    return load_engagement(folder, lang=lang)


def problems(folder: Path, lang: str = "ja") -> tuple[Problem, ...]:
    try:
        load_engagement(folder, lang=lang)
    except InputError as error:
        return error.problems
    return ()


def places(folder: Path) -> list[tuple[str, str]]:
    return [(p.file, p.place) for p in problems(folder)]
