"""How wide text is when Japanese characters count double, for columns and boxes."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

_WIDE: Final = frozenset("WFA")
ELLIPSIS: Final = "…"


def width(text: str) -> int:
    """Count half-width units; ambiguous characters count double, as Japanese fonts draw them."""
    return len(text) if text.isascii() else sum(map(_units, text))


@cache
def _units(character: str) -> int:
    """Give the units of one character."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def shorten(text: str, units: int) -> str:
    """Cut text so that it fits into `units`, with an ellipsis where something was cut."""
    if width(text) <= units:
        return text
    used, kept = width(ELLIPSIS), ""
    for character in text:
        used += width(character)
        if used > units:
            break
        kept += character
    return kept + ELLIPSIS
