"""Rows of the findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reports.edition import Edition
from reports.inert import visible
from reports.rows.marks import Mark, severity_mark, verdict_mark
from sekisho.model.report import FindingPart, Report


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding in words. part: what it was made from, for sorting and filtering."""

    part: FindingPart
    number: str
    verdict: Mark
    severity: Mark
    topic: str
    title: str
    subject: str
    reason: str
    remediation: str
    act: str
    items: str
    confidence: str
    cves: str


@dataclass(frozen=True, slots=True)
class TopicGroup:
    """Findings of one topic, most urgent first."""

    topic: str
    name: str
    rows: tuple[FindingRow, ...]


def finding_rows(edition: Edition) -> tuple[FindingRow, ...]:
    """Give all findings in reading order."""
    numbers = item_numbers(edition.report)
    return tuple(_row(edition, part, numbers) for part in edition.order.findings)


def by_topic(rows: Iterable[FindingRow]) -> tuple[TopicGroup, ...]:
    """Group rows by topic; the topic of the most urgent row first."""
    groups: dict[str, list[FindingRow]] = {}
    for row in rows:
        groups.setdefault(row.part.topic, []).append(row)
    return tuple(TopicGroup(topic, found[0].topic, tuple(found)) for topic, found in groups.items())


def item_numbers(report: Report) -> dict[str, str]:
    """Give the printed number of every checklist item, by `<checklist>:<item>`."""
    return {f"{a.checklist}:{a.item}": visible(a.number or a.item) for a in report.answers}


def _row(edition: Edition, part: FindingPart, numbers: dict[str, str]) -> FindingRow:
    """Print one finding."""
    words = edition.words
    known = dict.fromkeys(numbers.get(i, visible(i.partition(":")[2] or i)) for i in part.items)
    return FindingRow(
        part=part,
        number=edition.order.finding_numbers[part.id],
        verdict=verdict_mark(edition, part.verdict),
        severity=severity_mark(edition, part.severity),
        topic=words.name("topic", part.topic),
        title=words.text(part.title),
        subject=edition.names.subject(part.subject),
        reason=words.text(part.reason),
        remediation=_remediation(edition, part),
        act=words.name("act", part.act),
        items=words.join(tuple(known)),
        confidence=words.name("confidence", part.confidence),
        cves=words.join(part.cves),
    )


def _remediation(edition: Edition, part: FindingPart) -> str:
    """Print what to do; where nothing is proved, say that it holds only if the finding turns out bad."""
    words, text = edition.words, edition.words.text(part.remediation)
    if part.verdict in {"pass", "not_applicable"} or not text:
        return words("none")
    return text if part.verdict == "fail" else words("finding.if_failed", remediation=text)
