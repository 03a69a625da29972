"""Tones: colours and signs of words. Colours stay apart for colour-blind readers; each comes with a sign and a word.

Source: Okabe and Ito, "Color Universal Design", 2008 (vermillion, blue, orange, purple), darkened for text contrast.
No tone is green: nothing here says that all is well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


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
    "matched": Tone("#2f3b52", "#ffffff", ""),
}
_SAME: Final = {
    "fail": "high", "contradicted": "high", "undeclared": "high", "proven_open": "high", "conflict": "critical",
    "mismatched": "medium", "missing": "medium", "retired_alive": "medium",
    "undetermined": "unknown", "hearing_required": "unknown", "unseen": "unknown", "unconfirmed": "unknown",
    "reported": "unknown", "retired_unasked": "unknown", "retired_silent": "matched",
    "inconclusive": "unknown", "configured_not_observed": "unknown",
    "observed_not_configured": "unknown",
    "supported": "pass", "proven_restricted": "pass",
}  # fmt: skip
"""Words that share a tone with another one."""


def tone_of(name: str) -> Tone:
    """Give the tone of a verdict, severity, state, or result; an unknown name looks unknown."""
    return TONES.get(_SAME.get(name, name), TONES["unknown"])


def tone_names() -> tuple[str, ...]:
    """Give every name that has a tone."""
    return (*TONES, *_SAME)
