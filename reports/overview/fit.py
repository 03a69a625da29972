"""How much room a text takes in the picture, without a font at hand.

The figures are upper estimates: a full-width character is one em, a half-width one 0.6 em on average (Noto Sans and
Yu Gothic measure 0.50 to 0.58 em over Latin text).
"""

from __future__ import annotations

from typing import Final

from reports.width import ELLIPSIS, width

_NARROW_EM: Final = 0.6


def room(text: str, size: float) -> float:
    """Give the pixels that a text needs at most."""
    return sum((1.0 if width(c) == 2 else _NARROW_EM) for c in text) * size  # noqa: PLR2004 - two units are one em


def fit(text: str, size: float, pixels: float) -> str:
    """Shorten a text to the room there is, with an ellipsis where something was cut."""
    if room(text, size) <= pixels:
        return text
    kept, used = "", room(ELLIPSIS, size)
    for character in text:
        used += room(character, size)
        if used > pixels:
            break
        kept += character
    return kept + ELLIPSIS
