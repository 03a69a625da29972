"""The worst of several findings, where nothing judged is never good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from reports.order import SEVERITIES
from sekisho.model.report import FindingPart, Verdict

WorstVerdict = Verdict | Literal["unjudged"]
_ORDER: Final[tuple[WorstVerdict, ...]] = ("fail", "error", "unknown", "unjudged", "pass", "not_applicable")


@dataclass(frozen=True, slots=True)
class Worst:
    """The most urgent judgement. severity: "" unless it is a fail. rank: 0 is the most urgent."""

    verdict: WorstVerdict
    severity: str = ""

    @property
    def rank(self) -> int:
        """Give the place in the order of urgency."""
        base = _ORDER.index(self.verdict) * len(SEVERITIES)
        return base + (SEVERITIES.index(self.severity) if self.severity else 0)


def worst_of(findings: Iterable[FindingPart]) -> Worst:
    """Give the most urgent judgement; `unjudged` when there is none."""
    found = [Worst(f.verdict, f.severity if f.verdict == "fail" else "") for f in findings]
    return min(found, key=lambda w: w.rank, default=Worst("unjudged"))
