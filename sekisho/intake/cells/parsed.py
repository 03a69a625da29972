"""What a cell parser gives: a value, always, with what was wrong and what was noteworthy."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")

CellValue = str | datetime
"""A cell as the grid readers give it: dates that the spreadsheet knew as such, text for everything else."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a part of a cell. key: message key below `intake.cell`. part: the text it is about."""

    key: str
    part: str


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """A parser's result. With wrong, the value is only what could still be read."""

    value: T
    wrong: tuple[Remark, ...] = ()
    noted: tuple[Remark, ...] = ()


def folded(value: CellValue) -> str:
    """Give a cell's text in one form: NFKC (full-width digits and signs become ASCII), outer blanks removed.

    Signs without a shape go: web pages and vendors' tools leave zero-width spaces in copied addresses.
    """
    text = unicodedata.normalize("NFKC", shown(value))
    return "".join(c for c in text if c in "\n\t\r" or unicodedata.category(c) not in {"Cc", "Cf"}).strip()


def plain(value: CellValue) -> str:
    """Give a cell as one line of normalised text; "" if empty."""
    return " ".join(folded(value).split())


def shown(value: CellValue) -> str:
    """Give a cell as its reader sees it, for messages."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ", "minutes")
    return value
