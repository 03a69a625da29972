"""Where everything stands in the page, so that every claim leads to its evidence and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.citations import is_digest, short
from reports.edition import Edition

_SHOWN = 6
"""Evidence links that a claim shows; the count of the rest leads to the next one."""


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to an anchor, "" when there is nothing to lead to."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Anchors:
    """Anchors by subject, by number of a claim, by evidence id."""

    edition: Edition
    subjects: Mapping[str, str]
    claims: Mapping[str, str]

    @classmethod
    def of(cls, edition: Edition, devices: tuple[str, ...]) -> Anchors:
        """Index an edition. devices: subjects of the device table in order."""
        order, report = edition.order, edition.report
        points = {id_: f"point-{number}" for id_, number in order.point_numbers.items()}
        services = {s.id: f"service-{at}" for at, s in enumerate(report.services, start=1)}
        hosts = {subject: f"device-{at}" for at, subject in enumerate(devices, start=1)}
        aliases = {
            f"host:{address}": hosts[asset.id]
            for asset in report.assets
            if asset.id in hosts
            for address in asset.addresses
        }
        claims = {number: f"finding-{number}" for number in order.finding_numbers.values()}
        claims |= {number: f"point-{number}" for number in order.point_numbers.values()}
        return cls(edition, aliases | hosts | services | points, claims)

    def subject(self, subject: str) -> str:
        """Give the anchor of a subject."""
        return self.subjects.get(subject, "")

    def claim(self, text: str) -> Link:
        """Give a link to a finding or point by its number; other claims are named only."""
        return Link(text, self.claims.get(text, ""))

    def evidence(self, ids: tuple[str, ...]) -> tuple[Link, ...]:
        """Give links to the evidence of a claim."""
        shown = [Link(short(i), anchor_of(i)) for i in ids[:_SHOWN]]
        if rest := ids[_SHOWN:]:
            shown.append(Link(self.edition.words("column.more", count=len(rest)), anchor_of(rest[0])))
        return tuple(shown)


def anchor_of(evidence_id: str) -> str:
    """Give the anchor of a piece of evidence; what is no digest gets none."""
    return f"ev-{evidence_id}" if is_digest(evidence_id) else ""
