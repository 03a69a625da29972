"""The first page in words: how much the run can say, three numbers, what to do first, what the words mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reports.actions import Action
from reports.edition import Edition
from reports.figures import STATES, ChecklistFigures, Standing
from reports.register import Register
from reports.rows.marks import Mark, severity_mark

_PLACES: Final = 3
"""Places that an action names before it says how many more there are."""
LEGEND: Final = ("pass", "fail", "unknown", "error", "not_applicable", "hearing_required", "unjudged")


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the three numbers. notes: its parts, what is unknown among them."""

    key: str
    label: str
    value: int
    unit: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action in words. numbers: of its findings; first: id of the first of them."""

    rank: int
    title: str
    severity: Mark
    act: str
    places: str
    count: str
    remediation: str
    numbers: tuple[str, ...]
    conflicting: str


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """How the answers to one checklist stand."""

    checklist: str
    rows: int
    states: tuple[tuple[Mark, int], ...]
    conflicts: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The first page. warning: said loudly, "" when there is nothing to warn of."""

    warning: str
    warning_detail: str
    sentence: str
    headlines: tuple[Headline, ...]
    conflicts: str
    actions: tuple[ActionRow, ...]
    checklists: tuple[ChecklistRow, ...]
    severities: tuple[tuple[Mark, int], ...]
    legend: tuple[tuple[Mark, str], ...]


def summary(edition: Edition) -> Summary:
    """Print the first page."""
    figures, words = edition.figures, edition.words
    quiet = figures.standing is Standing.JUDGED
    return Summary(
        warning="" if quiet else words(f"standing.{figures.standing}"),
        warning_detail="" if quiet else words(f"standing.{figures.standing}_detail"),
        sentence=words(
            "summary.sentence",
            points=figures.points,
            undeclared=figures.undeclared,
            failed=figures.failed,
            undetermined=figures.undetermined,
            passed=figures.passed,
            conflicts=figures.conflicts,
        ),
        headlines=_headlines(edition),
        conflicts=words("summary.conflicts" if figures.conflicts else "summary.no_conflicts", count=figures.conflicts),
        actions=tuple(_action(edition, rank, a) for rank, a in enumerate(edition.actions, start=1)),
        checklists=tuple(_checklist(edition, c) for c in figures.checklists),
        severities=tuple((severity_mark(edition, s), n) for s, n in figures.failed_by.items()),
        legend=tuple((_legend_mark(edition, name), words(f"legend.{name}")) for name in LEGEND),
    )


def _headlines(edition: Edition) -> tuple[Headline, ...]:
    """Give the three numbers: ways out, evidence against, what could not be judged."""
    figures, words = edition.figures, edition.words
    by = figures.points_by
    points: tuple[str, ...] = (
        words("headline.points_undeclared", count=by[Register.UNDECLARED]),
        words("headline.points_matched", count=by[Register.MATCHED]),
        words("headline.points_unseen", count=figures.unconfirmed),
    )
    failed: tuple[str, ...] = (
        words("headline.failed_urgent", critical=figures.failed_by["critical"], high=figures.failed_by["high"]),
        words("headline.passed", count=figures.passed),
        words("headline.conflicts", count=figures.conflicts),
    )
    unknown: tuple[str, ...] = (
        words("headline.errors", count=figures.verdicts["error"]),
        words("headline.unsent", count=figures.unsent, attempts=figures.attempts),
        words("headline.limits", count=len(edition.report.limits)),
    )
    if figures.standing is not Standing.JUDGED:
        warning = words(f"standing.{figures.standing}")
        points, failed, unknown = (warning, *points), (warning, *failed), (warning, *unknown)
    return (
        Headline("points", words("headline.points"), figures.points, words("unit.places"), points),
        Headline("failed", words("headline.failed"), figures.failed, words("unit.cases"), failed),
        Headline("unknown", words("headline.unknown"), figures.undetermined, words("unit.cases"), unknown),
    )


def _action(edition: Edition, rank: int, action: Action) -> ActionRow:
    """Print one action."""
    words, first = edition.words, action.findings[0]
    subjects = tuple(dict.fromkeys(edition.names.subject(f.subject) for f in action.findings))
    shown = words.places(subjects[:_PLACES])
    more = len(subjects) - _PLACES
    return ActionRow(
        rank=rank,
        title=words.name("topic", first.topic),
        severity=severity_mark(edition, action.severity),
        act=words.name("act", action.act),
        places=words("action.more_places", places=shown, count=more) if more > 0 else shown,
        count=words("action.count", count=len(action.findings)),
        remediation=words.text(first.remediation),
        numbers=tuple(edition.order.finding_numbers[f.id] for f in action.findings),
        conflicting=words("action.conflicting", count=action.conflicting) if action.conflicting else "",
    )


def _checklist(edition: Edition, figures: ChecklistFigures) -> ChecklistRow:
    """Print how one checklist stands."""
    words = edition.words
    states = tuple((Mark(words.name("state", s), s), figures.states[s]) for s in STATES)
    return ChecklistRow(words.name("checklist", figures.checklist), figures.rows, states, figures.conflicts)


def _legend_mark(edition: Edition, name: str) -> Mark:
    """Mark a word of the legend."""
    area = "state" if name == "hearing_required" else "verdict"
    return Mark(edition.words.name(area, name), name)
