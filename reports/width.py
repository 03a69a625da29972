"""How wide text is when Japanese characters count double, for columns and boxes."""

from __future__ import annotations

import unicodedata
from typing import Final

_WIDE: Final = frozenset("WFA")
ELLIPSIS: Final = "…"


def width(text: str) -> int:
    """Count half-width units; ambiguous characters count double, as Japanese fonts draw them."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in _WIDE else 1 for c in text)


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


def wrap(text: str, units: int, lines: int) -> tuple[str, ...]:
    """Break text into at most `lines` lines of `units`; the last one is shortened. Japanese breaks anywhere."""
    out: list[str] = []
    rest = text
    while rest and len(out) < lines - 1 and width(rest) > units:
        head = _head(rest, units)
        out.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return (*out, shorten(rest, units)) if rest else tuple(out)


def _head(text: str, units: int) -> str:
    """Give the longest start that fits, ending at a space where one is near."""
    used = 0
    for at, character in enumerate(text):
        used += width(character)
        if used > units:
            space = text.rfind(" ", at // 2, at)
            return text[: space + 1] if space > 0 else text[: max(at, 1)]
    return text
