"""The legend of the picture."""

from __future__ import annotations

from reports.edition import Edition
from reports.overview.fit import room
from reports.overview.layout import Box
from reports.tones import TONES

_ORDER = ("critical", "high", "medium", "low", "error", "unknown", "unjudged", "pass", "not_applicable")
_SIZE = 11.0


def legend(edition: Edition, top: float) -> tuple[tuple[tuple[Box, str, str], ...], float]:
    """Give box, tone and label of every sign, and where the picture ends."""
    words, x = edition.words, 96.0
    marks: list[tuple[Box, str, str]] = []
    for tone in _ORDER:
        name = (
            words("chip.fail", severity=words.name("severity", tone)) if tone in _ORDER[:4] else words("chip." + tone)
        )
        label = f"{TONES[tone].sign} {name}"
        pixels = room(label, _SIZE) + 12
        marks.append((Box(x, top + 32, pixels, 22), tone, label))
        x += pixels + 8
    return tuple(marks), top + 92
