"""Headings: which canonical column a heading of a table means, in the wordings that hospitals use."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_ASIDE: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】|〔[^〕]*〕|<[^>]*>|※.*$")


@dataclass(frozen=True, slots=True)
class TableKind:
    """One of the tables devices, lines, sitewalk, waivers, answers.

    columns: field names in canonical order. titles: field → (Japanese, English) heading of the forms.
    words: folded heading → field. known: folded headings that are left out on purpose. fallback: folded heading →
    field, where no other heading means it.
    """

    name: str
    columns: tuple[str, ...]
    titles: Mapping[str, tuple[str, str]]
    mandatory: tuple[str, ...]
    words: Mapping[str, str]
    known: frozenset[str]
    fallback: Mapping[str, str]

    def column_of(self, heading: str) -> str:
        """Give the field a heading means, "" when it is unknown; IPアドレス1, IPアドレス2 mean the same field."""
        key = fold_heading(heading)
        return self.words.get(key) or self.words.get(key.rstrip("0123456789"), "")

    def title(self, field: str, lang: str) -> str:
        """Give a field's canonical heading."""
        return self.titles[field][0 if lang == "ja" else 1]


def fold_heading(heading: str) -> str:
    """Bring a heading into the form that is compared: NFKC, lower case, letters and figures only, no remarks."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    bare = _ASIDE.sub("", " ".join(text.split()))
    return "".join(c for c in bare if c.isalnum()) or "".join(c for c in text if c.isalnum())


@cache
def table_kinds() -> Mapping[str, TableKind]:
    """Read headers.toml: the kinds of table by name."""
    data = tomllib.loads(files("sekisho.intake").joinpath("headers.toml").read_text("utf-8"))
    return {name: _kind(name, table) for name, table in data.items()}


def _kind(name: str, table: Mapping[str, object]) -> TableKind:
    """Build one kind; the first heading of a field is Japanese, the second English."""
    columns = {field: _strings(headings) for field, headings in _table(table["columns"]).items()}
    words: dict[str, str] = {}
    for field, headings in columns.items():
        for heading in headings:
            owner = words.setdefault(fold_heading(heading), field)
            if owner != field:
                msg = f"headers.toml: {name}: {heading!r} stands for {owner} and {field}"
                raise ValueError(msg)
    return TableKind(
        name,
        tuple(columns),
        {field: (headings[0], headings[1]) for field, headings in columns.items()},
        tuple(str(m) for m in _strings(table["mandatory"])),
        words,
        frozenset(fold_heading(k) for k in _strings(table["known"])),
        {
            fold_heading(w): field
            for field, words_ in _table(table.get("fallback", {})).items()
            for w in _strings(words_)
        },
    )


def _table(value: object) -> dict[str, object]:
    """Narrow a TOML table."""
    if not isinstance(value, dict):
        msg = f"headers.toml: got {value!r}, expected a table"
        raise TypeError(msg)
    return value


def _strings(value: object) -> list[str]:
    """Narrow a TOML array of strings."""
    if not isinstance(value, list):
        msg = f"headers.toml: got {value!r}, expected a list"
        raise TypeError(msg)
    return [str(v) for v in value]
