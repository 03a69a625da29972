"""How several observations of one subject become one verdict: the worst one counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from sekisho.model.observations import Observation
from sekisho.model.verdicts import Judgement, Verdict

T = TypeVar("T")

_WORST_FIRST: Final = (
    Judgement.FAIL,
    Judgement.ERROR,
    Judgement.UNKNOWN,
    Judgement.PASS,
    Judgement.NOT_APPLICABLE,
)
"""One device that fails from one vantage has failed; one unsettled part leaves the whole unsettled (docs/topics.md)."""


def evidence_of(seen: Sequence[Observation[T]]) -> tuple[str, ...]:
    """Give the evidence ids of all observations, sorted, each once."""
    return tuple(sorted({e for o in seen for e in o.evidence}))


def in_order(seen: Sequence[Observation[T]]) -> tuple[Observation[T], ...]:
    """Give the observations in the order of their ids, so that the verdict doesn't hang on the order of reading."""
    return tuple(sorted(seen, key=lambda o: o.id))


def judge_each(seen: Sequence[Observation[T]], judge: Callable[[Observation[T]], Verdict | None]) -> Verdict | None:
    """Judge every observation alone and give the worst verdict, with the evidence and CVEs of all of that kind.

    Gives: None when no observation has anything to do with the question.
    """
    verdicts = [v for o in in_order(seen) if (v := judge(o)) is not None]
    if not verdicts:
        return None
    worst = min(verdicts, key=lambda v: _WORST_FIRST.index(v.judgement))
    alike = [v for v in verdicts if v.judgement is worst.judgement]
    return replace(
        worst,
        evidence=tuple(sorted({e for v in alike for e in v.evidence})),
        cves=tuple(sorted({c for v in alike for c in v.cves})),
    )
