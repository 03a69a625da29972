"""Which evidence shows how a service behaved towards a vantage: what was recorded when its port was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sekisho.model.formats import EvidenceReader
from sekisho.model.report import Report

_PORTS = "ports"
"""The probe that asks whether a port answers; it asks many ports of a host at once, or one."""

Tries = Mapping[tuple[str, str], tuple[str, ...]]
"""Evidence ids by service and vantage."""


def tries_of(report: Report, evidence: EvidenceReader) -> Tries:
    """Give the evidence behind each cell of the restriction matrix, in the order of the tries."""
    by_subject: dict[tuple[str, str], dict[str, None]] = {}
    for attempt in sorted(report.attempts, key=lambda a: a.at):
        if attempt.probe == _PORTS or "/udp/" in attempt.subject:
            known = by_subject.setdefault((attempt.subject, attempt.vantage), {})
            known.update(dict.fromkeys(attempt.evidence))
    return {
        (row.service, row.vantage): tuple(_about(row.service, row.vantage, by_subject, evidence))
        for row in report.restriction
    }


def _about(
    service: str, vantage: str, by_subject: Mapping[tuple[str, str], Mapping[str, None]], evidence: EvidenceReader
) -> Iterator[str]:
    """Give evidence of the service itself, and of its host where the port was among those asked."""
    address, _, port = service.removeprefix("service:").rsplit("/", 2)
    for evidence_id in by_subject.get((f"host:{address}", vantage), ()):
        transcript = evidence.get(evidence_id)
        asked = transcript.options.get("ports") if transcript is not None else None
        if isinstance(asked, list | tuple) and port in map(str, asked):
            yield evidence_id
    yield from by_subject.get((service, vantage), ())
