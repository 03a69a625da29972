"""Documents and tables for the tests of intake."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sekisho.errors import InputError, Problem
from sekisho.intake.load import Intake, load_engagement
from tests.engagement_folder import settings

MINIMAL = settings()


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
