"""Lines and type of the picture (its colours: reports/tones.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reports.register import Register


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


@dataclass(frozen=True, slots=True)
class Type:
    """How a line of text is set. size in pixels; colour "" for the ink of the picture."""

    size: float
    weight: int = 400
    colour: str = INK
    centred: bool = False


HEADING: Final = Type(17, 700)
LEAD: Final = Type(11.5, colour=SOFT)
COLUMN: Final = Type(12, 700, SOFT)
STRONG: Final = Type(13, 600)
SMALL: Final = Type(11)
QUIET: Final = Type(11, colour=SOFT)
