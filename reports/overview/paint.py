"""Colours, signs and lines of the picture. Colours stay apart for colour-blind readers; each has a sign and a word.

Source: Okabe and Ito, "Color Universal Design", 2008 (vermillion, blue, orange, sky blue), darkened for text contrast.
No tone is green: nothing here says that all is well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reports.register import Register


@dataclass(frozen=True, slots=True)
class Tone:
    """Text and border colour, background, sign."""

    ink: str
    ground: str
    sign: str


TONES: Final = {
    "critical": Tone("#8f2400", "#ffe6dc", "×"),
    "high": Tone("#a53a00", "#ffeee3", "×"),
    "medium": Tone("#7d4b00", "#fff3df", "×"),
    "low": Tone("#6b5300", "#fdf7e3", "×"),
    "info": Tone("#5c5540", "#f7f5ec", "×"),
    "error": Tone("#6a2c70", "#f6eaf7", "!"),
    "unknown": Tone("#3f3f46", "#e9e9ee", "?"),
    "unjudged": Tone("#3f3f46", "#f4f4f6", "?"),
    "pass": Tone("#0b4f86", "#e4f1fb", "○"),
    "not_applicable": Tone("#5a5a62", "#ffffff", "－"),
}


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line: colour, width, dashes."""

    colour: str
    width: float
    dashes: str


STROKES: Final = {
    Register.MATCHED: Stroke("#2f3b52", 2.2, ""),
    Register.UNDECLARED: Stroke("#a53a00", 3.2, "11 5"),
    Register.UNSEEN: Stroke("#6d6d78", 2.0, "2 5"),
    Register.REPORTED: Stroke("#6d6d78", 1.6, "2 9"),
}
INK: Final = "#1c2330"
SOFT: Final = "#4a5364"
PAPER: Final = "#ffffff"
EDGE: Final = "#8a94a6"
FONT: Final = "'Yu Gothic','Hiragino Sans','Noto Sans CJK JP','Noto Sans JP',Meiryo,sans-serif"
