"""Rows of the connection points."""

from __future__ import annotations

from dataclasses import dataclass

from reports.edition import Edition
from reports.inert import visible
from reports.register import findings_of_point, register_state
from reports.rows.marks import Mark, Tally, register_mark, worst_mark
from reports.worst import worst_of
from sekisho.model.report import ConnectionPointPart


@dataclass(frozen=True, slots=True)
class PointRow:
    """One connection point in words. about: other end and purpose, as far as the name does not say them already.

    findings: their numbers, most urgent first.
    """

    part: ConnectionPointPart
    number: str
    name: str
    kinds: str
    device: str
    addresses: str
    about: tuple[str, ...]
    carrier: str
    owner: str
    register: Mark
    register_numbers: str
    remote_maintenance: str
    source_restriction: str
    found_by: str
    worst: Mark
    tally: Tally
    findings: tuple[str, ...]


def point_rows(edition: Edition) -> tuple[PointRow, ...]:
    """Give all connection points in reading order."""
    return tuple(_row(edition, part) for part in edition.order.points)


def _row(edition: Edition, part: ConnectionPointPart) -> PointRow:
    """Print one connection point."""
    words, numbers = edition.words, edition.order.finding_numbers
    found = findings_of_point(edition.report, part)
    return PointRow(
        part=part,
        number=edition.order.point_numbers[part.id],
        name=edition.names.point(part),
        kinds=words.names("kind", part.kinds),
        device=edition.names.subject(part.asset) if part.asset else words("point.no_device"),
        addresses=words.join(part.addresses),
        about=_about(edition, part),
        carrier=words.free(part.carrier),
        owner=words.free(part.owner),
        register=register_mark(edition, register_state(part)),
        register_numbers=words.join(part.numbers),
        remote_maintenance=words.name("stated", part.remote_maintenance or "unstated"),
        source_restriction=words.name("stated", part.source_restriction or "unstated"),
        found_by=words.names("source", part.found_by) or words("none"),
        worst=worst_mark(edition, worst_of(found)),
        tally=Tally.of(found),
        findings=tuple(sorted(numbers[f.id] for f in found)),
    )


def _about(edition: Edition, part: ConnectionPointPart) -> tuple[str, ...]:
    """Give other end and purpose without repeating what stands there already."""
    said = edition.names.point(part)
    found: list[str] = []
    for text in (visible(part.counterpart), visible(part.purpose)):
        if text.strip() and text not in said:
            found.append(text)
            said += text
    return tuple(found)
