"""Which evidence is cited by which claim, the most urgent claims first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reports.names import Names
from reports.order import Order
from reports.tries import Tries
from sekisho.model.report import (
    Report,
)
from sekisho.model.report_run import DocumentPart

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
SHORT: Final = 12
_FROM_OUT: Final = "../"
"""Reports lie in out/, beside evidence/ (docs: the engagement folder)."""


@dataclass(frozen=True, slots=True)
class Citations:
    """Evidence ids in order of the first claim that cites them, with those claims' names.

    documents: files that were handed in, by their digest; they are evidence without a transcript.
    """

    claims: Mapping[str, tuple[str, ...]]
    documents: Mapping[str, DocumentPart]

    @classmethod
    def of(cls, report: Report, order: Order, names: Names, tries: Tries) -> Citations:
        """Collect what a report cites."""
        found: dict[str, dict[str, None]] = {}
        for claim, ids in _claims(report, order, names, tries):
            for evidence_id in ids:
                found.setdefault(evidence_id, {})[claim] = None
        documents = {d.sha256: d for d in report.snapshot.documents}
        return cls({i: tuple(claims) for i, claims in found.items()}, documents)


def _claims(report: Report, order: Order, names: Names, tries: Tries) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give every claim's name and evidence: findings in reading order, then points, devices, services, restrictions."""
    for finding in order.findings:
        yield order.finding_numbers[finding.id], finding.evidence
    for point in order.points:
        yield order.point_numbers[point.id], point.evidence
    for asset in report.assets:
        yield names.subject(asset.id), asset.evidence
    for service in report.services:
        yield names.subject(service.id), service.evidence
    for (subject, _), ids in tries.items():
        yield names.subject(subject), ids


def is_digest(text: str) -> bool:
    """Tell whether text is a sha256; only then it becomes a link."""
    return _SHA256.fullmatch(text) is not None


def short(evidence_id: str) -> str:
    """Give the form people quote."""
    return evidence_id[:SHORT]


def path_of(evidence_id: str) -> str:
    """Give the place of the evidence inside the engagement folder."""
    return f"evidence/{evidence_id[:2]}/{evidence_id}"


def link_to(evidence_id: str) -> str:
    """Give the relative link from a report in out/."""
    return _FROM_OUT + path_of(evidence_id)
