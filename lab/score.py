"""Scores a report against the truth: recall, precision, and passes that are dangerous.

A truth row is found if one report row agrees in subject (any address of the device), topic and verdict; a connection
point if device and at least one kind agree (which ones: ADR 0021); an answer if checklist, item, state and, where
truth names it, subject do.
False is a `fail` on a topic that truth calls complete, a service or point likewise, and an answer whose state truth
contradicts. A row whose needed stages didn't run is skipped and named.
Limits: rows that truth says nothing about are not scored; a truth that says nothing at all agrees with no report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lab.scoring.documents import (
    Answer,
    Finding,
    Point,
    Report,
    Service,
    TrueAnswer,
    TrueFinding,
    TruePoint,
    TrueService,
    Truth,
)
from lab.scoring.sections import Matching, Outcome, Section, score_section
from lab.scoring.subjects import Devices

GOOD_VERDICTS = frozenset({"pass", "not_applicable"})
DOUBTFUL_VERDICTS = frozenset({"fail", "unknown"})
GOOD_STATES = frozenset({"supported", "not_applicable", "pass"})
DOUBTFUL_STATES = frozenset({"contradicted", "undetermined", "fail", "unknown"})

_NOT_COMPARED: Final = (None, "unknown")
"""Protocols of truth rows that say nothing: what stands behind the port is not to be named by a survey."""


@dataclass(frozen=True, slots=True)
class Score:
    """The whole comparison."""

    sections: tuple[Section, ...]
    kind_recall: float | None
    """Of all kinds of the true points that were found; apart from the points' own recall. None: no point was found."""
    protocol_recall: float | None
    """Likewise of the protocols of services."""
    is_scored: bool
    """Whether truth claimed anything that this run could be held against: a row that was due, or completeness."""

    @property
    def unsafe_count(self) -> int:
        """Count the unsafe passes."""
        return sum(len(section.unsafe) for section in self.sections)

    @property
    def is_perfect(self) -> bool:
        """Tell whether the report agrees with the truth in all that is scored."""
        return self.is_scored and all(section.is_perfect for section in self.sections)


def score(report: Report, truth: Truth) -> Score:
    """Compare a report with the truth."""
    devices, complete = Devices(report), frozenset(truth.complete)
    stages = frozenset(report.snapshot.stages)
    sections = (
        score_section(truth.connection_points, report.connection_points, _points(devices, complete), stages=stages),
        score_section(truth.services, report.services, _services(devices, complete), stages=stages),
        score_section(truth.findings, report.findings, _findings(devices, complete), stages=stages),
        score_section(truth.answers, report.answers, _answers(devices, truth, report), stages=stages),
    )
    due = any(result.outcome is not Outcome.SKIPPED for section in sections for result in section.results)
    kinds, protocols = _kind_recall(report, truth, devices), _protocol_recall(report, truth, devices)
    return Score(sections, kinds, protocols, is_scored=due or bool(complete))


def _points(devices: Devices, complete: frozenset[str]) -> Matching[TruePoint, Point]:
    """Compare connection points."""
    return Matching(
        name="connection_points",
        is_found=devices.holds_point,
        is_false=lambda _point: "connection_points" in complete,
        reports_pass=lambda _truth, _point: False,
        show_truth=lambda row: f"{row.at} {'/'.join(row.kinds)}",
        show_report=lambda point: f"{point.id} {'/'.join(point.kinds)}",
    )


def _services(devices: Devices, complete: frozenset[str]) -> Matching[TrueService, Service]:
    """Compare open ports."""
    return Matching(
        name="services",
        is_found=devices.holds_service,
        is_false=lambda _service: "services" in complete,
        reports_pass=lambda _truth, _service: False,
        show_truth=lambda row: f"{row.at} {row.transport}/{row.port} {row.protocol or ''}".strip(),
        show_report=lambda row: f"{row.address} {row.transport}/{row.port} {row.protocol or ''}".strip(),
    )


def _findings(devices: Devices, complete: frozenset[str]) -> Matching[TrueFinding, Finding]:
    """Compare findings."""

    def is_same_question(truth: TrueFinding, finding: Finding) -> bool:
        return truth.topic == finding.topic and devices.match(truth.subject, finding.subject)

    return Matching(
        name="findings",
        is_found=lambda truth, finding: truth.verdict == finding.verdict and is_same_question(truth, finding),
        is_false=lambda finding: finding.verdict == "fail" and f"topic:{finding.topic}" in complete,
        reports_pass=lambda truth, finding: (
            truth.verdict in DOUBTFUL_VERDICTS and finding.verdict in GOOD_VERDICTS and is_same_question(truth, finding)
        ),
        show_truth=lambda row: f"{row.subject} {row.topic} {row.verdict}",
        show_report=lambda row: f"{row.subject} {row.topic} {row.verdict}",
    )


def _answers(devices: Devices, truth: Truth, report: Report) -> Matching[TrueAnswer, Answer]:
    """Compare checklist answers."""

    def is_same_item(row: TrueAnswer, answer: Answer) -> bool:
        is_item = (row.checklist, row.item) == (answer.checklist, answer.item)
        return is_item and (row.subject is None or devices.match(row.subject, answer.subject or "facility"))

    def is_contradicted(answer: Answer) -> bool:
        speaking = [row for row in truth.answers if is_same_item(row, answer)]
        # A truth row without subject speaks of the item: of several rows one may be right and the others of no matter.
        rows = sum((entry.checklist, entry.item) == (answer.checklist, answer.item) for entry in report.answers)
        return any(row.subject is not None or rows == 1 for row in speaking)

    return Matching(
        name="answers",
        is_found=lambda row, answer: row.state == answer.state and is_same_item(row, answer),
        is_false=is_contradicted,
        reports_pass=lambda row, answer: (
            row.state in DOUBTFUL_STATES and answer.state in GOOD_STATES and is_same_item(row, answer)
        ),
        show_truth=lambda row: " ".join(filter(None, (row.checklist, row.item, row.subject, row.state))),
        show_report=lambda row: " ".join(filter(None, (row.checklist, row.item, row.subject, row.state))),
    )


def _kind_recall(report: Report, truth: Truth, devices: Devices) -> float | None:
    """Give the share of the true kinds that the found points carry; None when no point was found."""
    wanted = seen = 0
    for row in truth.connection_points:
        matches = [point for point in report.connection_points if devices.holds_point(row, point)]
        if matches:
            wanted += len(row.kinds)
            seen += len(set(row.kinds) & {kind for point in matches for kind in point.kinds})
    return seen / wanted if wanted else None


def _protocol_recall(report: Report, truth: Truth, devices: Devices) -> float | None:
    """Give the share of the found services whose protocol agrees; None when no service was found."""
    agrees: Callable[[TrueService], list[bool]] = lambda row: [  # noqa: E731 - used once, two lines below
        row.protocol == service.protocol for service in report.services if devices.holds_service(row, service)
    ]
    results = [any(found) for row in truth.services if row.protocol not in _NOT_COMPARED and (found := agrees(row))]
    return sum(results) / len(results) if results else None
