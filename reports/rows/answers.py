"""Rows of the checklists: what evidence says, what the hearing said, and where they contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase
from typing import Final

from reports.edition import Edition
from reports.inert import visible
from reports.order import natural, subject_key
from reports.rows.marks import Mark, state_mark
from sekisho.model.report import AnswerPart, FindingPart

_GROUPS: Final = ("facility", "organisation", "general", "server", "pc", "network", "incident", "rules")
"""Subjects of items in the order of the official list."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer in words. blind: what could not be seen. findings: numbers, most urgent first."""

    part: AnswerPart
    checklist: str
    number: str
    label: str
    subject: str
    state: Mark
    reason: str
    coverage: str
    period: str
    blind: tuple[str, ...]
    verifiability: str
    why: str
    hearing: str
    hearing_origin: str
    conflict: str
    target_date: str
    waiver: str
    findings: tuple[FindingPart, ...]
    finding_numbers: tuple[str, ...]
    evidence: tuple[str, ...]


def answer_rows(edition: Edition) -> tuple[AnswerRow, ...]:
    """Give all answers by checklist, item and subject."""
    checklists = [c.checklist for c in edition.figures.checklists]
    parts = sorted(
        edition.report.answers,
        key=lambda a: (checklists.index(a.checklist), *_printed_place(a)),
    )
    return tuple(_row(edition, part) for part in parts)


def _printed_place(answer: AnswerPart) -> tuple[object, ...]:
    """Key that follows the printed list: 2-⑫ for servers stands before 2-⑫ for PCs."""
    group = _GROUPS.index(answer.subject) if answer.subject in _GROUPS else len(_GROUPS)
    return (natural(answer.item.rstrip(ascii_lowercase)), group, natural(answer.item), subject_key(answer.subject))


def conflicts(rows: tuple[AnswerRow, ...]) -> tuple[AnswerRow, ...]:
    """Give the answers that evidence contradicts."""
    return tuple(row for row in rows if row.part.conflict)


def _row(edition: Edition, part: AnswerPart) -> AnswerRow:
    """Print one answer."""
    words, observed, named = edition.words, part.observed, set(part.findings)
    found = tuple(f for f in edition.order.findings if f.id in named)
    return AnswerRow(
        part=part,
        checklist=words.name("checklist", part.checklist),
        number=visible(part.number or part.item),
        label=words.text(part.label),
        subject=edition.names.subject(part.subject),
        state=state_mark(edition, part),
        reason=words.text(part.reason),
        coverage=words("answer.coverage", seen=observed.devices_seen, expected=observed.devices_expected),
        period=_period(edition, part),
        blind=tuple(words.text(b) for b in observed.blind),
        verifiability=words.name("verifiability", part.verifiability.level),
        why=words.text(part.verifiability.why),
        hearing=words.name("hearing", part.hearing or "unasked"),
        hearing_origin=words.free(part.hearing_origin),
        conflict=words("answer.conflict", hearing=words.name("hearing", part.hearing or "unasked"))
        if part.conflict
        else "",
        target_date=words.free(part.target_date or ""),
        waiver=words.free(part.waiver or ""),
        findings=found,
        finding_numbers=tuple(edition.order.finding_numbers[f.id] for f in found),
        evidence=tuple(dict.fromkeys(e for f in found for e in f.evidence)),
    )


def _period(edition: Edition, part: AnswerPart) -> str:
    """Print from when to when was looked, in which segments."""
    words, observed = edition.words, part.observed
    if observed.period is None:
        return words("answer.no_period")
    since, until = (edition.time.read(moment) for moment in observed.period)
    return words("answer.period", since=since, until=until, segments=words.join(observed.segments))
