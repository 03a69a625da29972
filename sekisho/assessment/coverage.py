"""What an answer rests on: how much was looked at, and what stayed blind and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from sekisho.assessment.survey import Blind, Standing, Survey, is_expected
from sekisho.assessment.wording import vantage_names
from sekisho.inventory.reach import was_sent
from sekisho.messages.both import both
from sekisho.model.report import ObservedPart, Text

NOTHING_OBSERVED = ObservedPart(segments=(), devices_seen=0, devices_expected=0, period=None, blind=())
"""For items that no observation can speak of."""
UNDECLARED_SEEN: Final = "undeclared_seen"
RETIRED_SEEN: Final = "retired_seen"
_UNEXPECTED: Final = (UNDECLARED_SEEN, RETIRED_SEEN)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts per category, worked out once; an item asks for the categories that speak for it.

    seen, expected: devices that a register says are there, so that the one never exceeds the other. unexpected: others
    that answered, by what the register says of them.
    """

    segments: tuple[str, ...]
    period: tuple[str, str] | None
    seen: Counter[str]
    expected: Counter[str]
    unexpected: Counter[tuple[str, str]]
    blind: Counter[tuple[str, Blind]]
    general: tuple[Text, ...]

    def of(self, categories: frozenset[str]) -> ObservedPart:
        """Give the statement for some categories; empty = all."""
        blind = {r: _sum(_named(self.blind, r), categories) for r in Blind}
        beside = {u: _sum(_named(self.unexpected, u), categories) for u in _UNEXPECTED}
        reasons = tuple(both(f"assessment.blind.{r.value}", count=count) for r, count in blind.items() if count)
        reasons += tuple(both(f"assessment.blind.{u}", count=count) for u, count in beside.items() if count)
        return ObservedPart(
            segments=self.segments,
            devices_seen=_sum(self.seen, categories),
            devices_expected=_sum(self.expected, categories),
            period=self.period,
            blind=(*reasons, *self.general),
        )


def coverage(survey: Survey) -> Coverage:
    """Count devices seen, expected, unexpected and blind, and say where and when was asked."""
    seen: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    unexpected: Counter[tuple[str, str]] = Counter()
    blind: Counter[tuple[str, Blind]] = Counter()
    for standing in survey.standings.values():
        category, asset = standing.category, standing.asset
        if not is_expected(asset):
            unexpected[category, RETIRED_SEEN if asset.declared else UNDECLARED_SEEN] += asset.observed
            continue
        expected[category] += 1
        seen[category] += asset.observed
        if standing.blind is not None:
            blind[category, standing.blind] += 1
    asked = {survey.scope.segment_of(a) for a in survey.inventory.reach.asked} - {""}
    return Coverage(tuple(sorted(asked)), _period(survey), seen, expected, unexpected, blind, tuple(_general(survey)))


def blind_devices(survey: Survey, reason: Blind) -> Iterator[Standing]:
    """Give the expected devices that stayed unseen for one reason."""
    return (s for s in survey.standings.values() if s.blind is reason and is_expected(s.asset))


def _period(survey: Survey) -> tuple[str, str] | None:
    """Give the first and last moment at which something was asked or, in a file handed in, seen; None if never."""
    transcripts = survey.record.transcripts
    moments = [a.at for a in survey.inventory.attempts if a.vantage in survey.used and was_sent(a, transcripts)]
    moments += [o.taken_at for o in survey.inventory.seen]
    return (iso(min(moments)), iso(max(moments))) if moments else None


def iso(moment: datetime) -> str:
    """Write a moment as the report does."""
    return moment.isoformat()


def _general(survey: Survey) -> Iterator[Text]:
    """Say what was blind for every device alike."""
    if not survey.used:
        yield both("assessment.blind.nothing_asked")
    elif len(survey.used) == 1:
        yield both("assessment.blind.one_vantage", vantage=vantage_names(survey, *survey.used))


def _named(counter: Mapping[tuple[str, R], int], name: R) -> Counter[str]:
    """Give the counts per category of one reason."""
    return Counter({category: count for (category, reason), count in counter.items() if reason == name})


def _sum(counter: Counter[str], categories: Iterable[str]) -> int:
    """Sum a count over categories; none given = over all."""
    wanted = set(categories)
    return sum(n for category, n in counter.items() if not wanted or category in wanted)
