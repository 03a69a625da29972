"""What to do first: failed findings of one question joined into one action, most urgent first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from reports.order import SEVERITIES, Order
from sekisho.model.report import FindingPart, Report


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to be done at one or more places. findings: in reading order; severity: the worst of them."""

    check: str
    severity: str
    act: str
    findings: tuple[FindingPart, ...]
    conflicting: int


def actions_of(report: Report, order: Order) -> tuple[Action, ...]:
    """Give all actions: by severity, then those that contradict a hearing answer, then by number of places.

    The same question with different people to act is two actions, since two letters have to be written.
    """
    groups: dict[tuple[str, str], list[FindingPart]] = defaultdict(list)
    for finding in order.findings:
        if finding.verdict == "fail":
            groups[finding.check, finding.act].append(finding)
    disputed = {f for a in report.answers if a.conflict for f in a.findings}
    actions = (
        Action(check, found[0].severity, act, tuple(found), sum(f.id in disputed for f in found))
        for (check, act), found in groups.items()
    )
    return tuple(sorted(actions, key=_urgency))


def _urgency(action: Action) -> tuple[int, bool, int, str, str]:
    """Key of an action."""
    return (SEVERITIES.index(action.severity), not action.conflicting, -len(action.findings), action.check, action.act)
