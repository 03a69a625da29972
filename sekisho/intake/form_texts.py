"""Texts of the forms in one language, read from templates/forms.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from sekisho.intake.headers import TableKind, table_kinds
from sekisho.intake.known import ChecklistItem


@dataclass(frozen=True, slots=True)
class FormColumn:
    """One column. kind: "", text, date or moment. strict: only choices can be entered."""

    field: str
    title: str
    note: str
    width: float
    kind: str
    choices: tuple[str, ...]
    strict: bool
    example: str


@dataclass(frozen=True, slots=True)
class Form:
    """One form. frozen: columns that stay when scrolling sideways."""

    file: str
    title: str
    hint: str
    blank_rows: int
    frozen: int
    columns: tuple[FormColumn, ...]


def read_forms(lang: str) -> Mapping[str, Form]:
    """Give all forms by table name."""
    table = _table()
    return {name: _form(table[name], kind, lang) for name, kind in table_kinds().items()}


def answer_rows(checklist: str, items: tuple[ChecklistItem, ...], form: Form, lang: str) -> list[list[str]]:
    """Give the prefilled lines of an answers form: checklist, number, subject and our label of every item."""
    subjects = _table()["subjects"]
    rows: list[list[str]] = []
    for item in items:
        subject = subjects.get(item.subject, {}).get(lang, item.subject)
        label = item.label[0 if lang == "ja" else 1]
        filled = {"checklist": checklist, "item": item.number, "subject": subject, "label": label}
        rows.append([filled.get(c.field, "") for c in form.columns])
    return rows


def _table() -> Mapping[str, Any]:
    """Read forms.toml."""
    return tomllib.loads(files("sekisho.intake.templates").joinpath("forms.toml").read_text("utf-8"))


def _form(table: Mapping[str, Any], kind: TableKind, lang: str) -> Form:
    """Build one form."""
    columns = tuple(_column(c, kind, lang) for c in table["column"])
    frozen = 4 if kind.name == "answers" else 1
    return Form(table["file"], table["title"][lang], table["hint"][lang], table["rows"], frozen, columns)


def _column(table: Mapping[str, Any], kind: TableKind, lang: str) -> FormColumn:
    """Build one column; its heading is the canonical one, so that intake reads the form."""
    field = table["field"]
    return FormColumn(
        field=field,
        title=table["title"][lang] if "title" in table else kind.title(field, lang),
        note=table["note"][lang],
        width=table["width"],
        kind=table.get("kind", ""),
        choices=tuple(table.get("choices", {}).get(lang, ())),
        strict=bool(table.get("strict", False)),
        example=table.get("example", {}).get(lang, ""),
    )
