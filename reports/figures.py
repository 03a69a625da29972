"""Every number of every report, counted once: page 1 of one format agrees with page 40 of another.

Limits: numbers count rows of the report; they are no score. What could not be judged is never folded into another
number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, get_args

from reports.order import SEVERITIES, VERDICTS
from reports.register import DeviceState, Register, reconciled, register_state
from sekisho.model.attempts import SENT_NOTHING
from sekisho.model.report import AnswerPart, FindingPart, OutcomeName, Report, State

STATES: Final[tuple[State, ...]] = (
    "contradicted", "undetermined", "hearing_required", "supported", "not_applicable",
)  # fmt: skip
OUTCOMES: Final[tuple[OutcomeName, ...]] = get_args(OutcomeName)


class Standing(StrEnum):
    """How much a run can say at all: an empty one must not look like a good one.

    PAPER_ONLY: nothing was observed, and what was judged rests on registers and answers.
    """

    NOTHING_SEEN = "nothing_seen"
    PAPER_ONLY = "paper_only"
    NOTHING_JUDGED = "nothing_judged"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class TopicFigures:
    """Judgements on one topic. verdicts: all five."""

    topic: str
    verdicts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ChecklistFigures:
    """Answers to one checklist. rows: items times subjects. states: all five."""

    checklist: str
    rows: int
    states: Mapping[str, int]
    conflicts: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All numbers.

    points_by: connection points by register state. reconciled, reconciled_by: devices and lines held against the
    registers, in all and by result. failed_by: fails by severity.
    undetermined: unknown and crashed judgements. outcomes: tries by outcome. unsent: tries for which nothing was sent.
    """

    standing: Standing
    points: int
    points_by: Mapping[str, int]
    assets: int
    reconciled: int
    reconciled_by: Mapping[str, int]
    services: int
    findings: int
    verdicts: Mapping[str, int]
    failed_by: Mapping[str, int]
    topics: tuple[TopicFigures, ...]
    checklists: tuple[ChecklistFigures, ...]
    conflicts: int
    attempts: int
    outcomes: Mapping[str, int]
    unsent: int

    @property
    def failed(self) -> int:
        """Count fails."""
        return self.verdicts["fail"]

    @property
    def passed(self) -> int:
        """Count passes."""
        return self.verdicts["pass"]

    @property
    def undetermined(self) -> int:
        """Count what could not be judged, crashed checks among it."""
        return self.verdicts["unknown"] + self.verdicts["error"]

    @property
    def urgent(self) -> int:
        """Count fails of the two highest severities."""
        return self.failed_by["critical"] + self.failed_by["high"]

    @property
    def undeclared(self) -> int:
        """Count connection points that were seen and stand in no register."""
        return self.points_by[Register.UNDECLARED]

    @property
    def unconfirmed(self) -> int:
        """Count connection points that were not seen."""
        return self.points_by[Register.UNSEEN] + self.points_by[Register.REPORTED]


def figures_of(report: Report) -> Figures:
    """Count a report."""
    verdicts = count((f.verdict for f in report.findings), VERDICTS)
    outcomes = count((a.outcome for a in report.attempts), OUTCOMES)
    compared = reconciled(report)
    return Figures(
        standing=_standing(report, verdicts),
        points=len(report.connection_points),
        points_by=count((register_state(p) for p in report.connection_points), tuple(Register)),
        assets=len(report.assets),
        reconciled=len(compared),
        reconciled_by=count((r.state for r in compared), tuple(DeviceState)),
        services=len(report.services),
        findings=len(report.findings),
        verdicts=verdicts,
        failed_by=count((f.severity for f in report.findings if f.verdict == "fail"), SEVERITIES),
        topics=_topics(report.findings),
        checklists=_checklists(report),
        conflicts=sum(a.conflict for a in report.answers),
        attempts=len(report.attempts),
        outcomes=outcomes,
        unsent=sum(outcomes[o] for o in SENT_NOTHING),
    )


def count(values: Iterable[str], names: tuple[str, ...]) -> dict[str, int]:
    """Count values of a closed list, zeros included, in the order of the list."""
    found = Counter(str(v) for v in values)
    return {str(name): found[str(name)] for name in names}


def _standing(report: Report, verdicts: Mapping[str, int]) -> Standing:
    """Say whether the run saw and judged anything."""
    judged = bool(verdicts["pass"] or verdicts["fail"])
    observed = (*(p.observed for p in report.connection_points), *(a.observed for a in report.assets))
    if report.services or any(observed):
        return Standing.JUDGED if judged else Standing.NOTHING_JUDGED
    return Standing.PAPER_ONLY if judged else Standing.NOTHING_SEEN


def _topics(findings: tuple[FindingPart, ...]) -> tuple[TopicFigures, ...]:
    """Count by topic, the one with most fails first."""
    rows = [
        TopicFigures(topic, count((f.verdict for f in findings if f.topic == topic), VERDICTS))
        for topic in sorted({f.topic for f in findings})
    ]
    return tuple(sorted(rows, key=lambda r: (*(-r.verdicts[v] for v in VERDICTS), r.topic)))


def _checklists(report: Report) -> tuple[ChecklistFigures, ...]:
    """Count the answers of every checklist, those without a single answer included."""
    ids = dict.fromkeys((*report.engagement.checklists, *(a.checklist for a in report.answers)))
    return tuple(_checklist(i, [a for a in report.answers if a.checklist == i]) for i in ids)


def _checklist(checklist: str, answers: list[AnswerPart]) -> ChecklistFigures:
    """Count the answers of one checklist."""
    states = count((a.state for a in answers), STATES)
    return ChecklistFigures(checklist, len(answers), states, sum(a.conflict for a in answers))
