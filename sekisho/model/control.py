"""Positive controls: when the silence of a service at one place shows that the place is kept out.

A service that is down is silent everywhere. So silence counts only beside an answer at another place close in time, or
between two answers at one other place (docs/topics.md, Management and maintenance). A refusal (RST) is what a stopped
service gives, too: it counts only between two answers. And an answer proves nothing across a moment at which the same
place was left without one.
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
    """One try of a service: from which vantage, when, whether it answered, and whether it refused instead."""

    vantage: str
    at: datetime
    answered: bool
    refused: bool = False


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
    known = sorted(tries, key=lambda t: t.at)
    others = sorted({t.vantage for t in known} - {vantage})
    silences = [t for t in known if t.vantage == vantage and not t.answered]
    found = [c for silence in silences for other in others for c in _controls(silence, other, known)]
    return min(found, key=lambda c: (c.kind != "near", c.seconds, c.vantage), default=None)


def _controls(silence: Try, other: str, known: list[Try]) -> list[Control]:
    """Give the controls of one silence by one other vantage: its last try before and its first one after."""
    theirs = [t for t in known if t.vantage == other]
    before = next((t for t in reversed(theirs) if t.at <= silence.at), None)
    after = next((t for t in theirs if t.at >= silence.at), None)
    answers = [t for t in dict.fromkeys((before, after)) if t is not None and t.answered]  # at one moment: one answer
    if len(answers) == 2:  # noqa: PLR2004 - before and after
        around = [Control(other, "around", round((answers[1].at - answers[0].at).total_seconds()))]
    else:
        around = []
    if silence.refused or (before is not None and not before.answered):
        return around
    apart = [abs(t.at - silence.at) for t in answers]
    return around + [Control(other, "near", round(d.total_seconds())) for d in apart if d <= NEAR]
