"""Positive controls: when the silence of a service at one place shows that the place is kept out.

A service that is down is silent everywhere. So silence counts only beside an answer at another place close in time, or
between two answers at one other place (docs/topics.md, Management and maintenance).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

NEAR: Final = timedelta(minutes=15)
"""How far an answer elsewhere may be from the silence (our figure)."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a service: from which vantage, when, and whether it answered."""

    vantage: str
    at: datetime
    answered: bool


@dataclass(frozen=True, slots=True)
class Control:
    """What makes a silence count. vantage: where it answered.

    kind: near (an answer at most 15 minutes away) or around (answers before and after). seconds: between silence and
    answer, or between the two answers.
    """

    vantage: str
    kind: Literal["near", "around"]
    seconds: int


def control_of(vantage: str, tries: Iterable[Try]) -> Control | None:
    """Give the closest control for the silence of a service at a vantage; None when nothing shows that it was up."""
    known = list(tries)
    silences = [t.at for t in known if t.vantage == vantage and not t.answered]
    answers = [t for t in known if t.vantage != vantage and t.answered]
    found = [c for silence in silences for c in (*_near(silence, answers), *_around(silence, answers))]
    return min(found, key=lambda c: (c.kind != "near", c.seconds, c.vantage), default=None)


def _near(silence: datetime, answers: Iterable[Try]) -> list[Control]:
    """Give the answers that are close enough."""
    apart = [(a.vantage, abs(a.at - silence)) for a in answers]
    return [Control(v, "near", round(d.total_seconds())) for v, d in apart if d <= NEAR]


def _around(silence: datetime, answers: list[Try]) -> list[Control]:
    """Give, per vantage, the closest answers before and after."""
    found = []
    for vantage in sorted({a.vantage for a in answers}):
        before = [a.at for a in answers if a.vantage == vantage and a.at <= silence]
        after = [a.at for a in answers if a.vantage == vantage and a.at >= silence]
        if before and after:
            found.append(Control(vantage, "around", round((min(after) - max(before)).total_seconds())))
    return found
