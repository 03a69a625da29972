"""Report parts about the run itself: engagement, snapshot, vantages, attempts, ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sekisho.assessment.coverage import iso
from sekisho.assessment.kit import Kit
from sekisho.assessment.survey import Survey
from sekisho.inventory.observe import attempt_order
from sekisho.model.engagement import Consent, Engagement
from sekisho.model.report import (
    AttemptPart,
    ConsentPart,
    DataSetPart,
    DocumentPart,
    EngagementPart,
    LedgerHost,
    LedgerPart,
    SnapshotPart,
    VantagePart,
)
from sekisho.model.run import LedgerSummary, RunRecord


def engagement_part(engagement: Engagement) -> EngagementPart:
    """Say who was surveyed under which consents and rules."""
    facility, scope = engagement.facility, engagement.scope
    return EngagementPart(
        facility=facility.name,
        kind=facility.kind,
        timezone=facility.timezone,
        consents=tuple(sorted((_consent(c) for c in engagement.consents), key=lambda c: (c.document, c.granted_by))),
        include=tuple(sorted(map(str, scope.include))),
        exclude=tuple(sorted(map(str, scope.exclude))),
        exclude_ports=tuple(sorted(scope.exclude_ports)),
        pace=engagement.pace,
        checklists=tuple(sorted(engagement.checklists)),
        tls_policy=engagement.tls_policy,
    )


def _consent(consent: Consent) -> ConsentPart:
    """Give one consent."""
    return ConsentPart(
        granted_by=consent.granted_by,
        role=consent.role,
        document=consent.document,
        sha256=consent.sha256,
        valid_from=consent.valid_from.isoformat(),
        valid_until=consent.valid_until.isoformat(),
        covers=tuple(sorted(map(str, consent.covers))),
        max_tier=str(consent.max_tier),
        methods=tuple(sorted(m.value for m in consent.methods)),
    )


def stages_of(survey: Survey) -> tuple[str, ...]:
    """Name the stages that took part: active | capture | config | documents | hearing, sorted."""
    record = survey.record
    stages = {i.stage for i in record.imports}
    if survey.used:
        stages.add("active")
    if record.engagement.devices or record.engagement.lines or record.engagement.sitewalk:
        stages.add("documents")
    if record.engagement.answers:
        stages.add("hearing")
    return tuple(sorted(stages))


def snapshot_part(record: RunRecord, kit: Kit, stages: Iterable[str]) -> SnapshotPart:
    """Say which run and which data the report speaks of."""
    documents = (DocumentPart(path=d.path, role=d.role, sha256=d.sha256) for d in record.engagement.documents)
    data = (DataSetPart(id=d.id, date=d.date, entries=d.entries, note=d.note) for d in kit.data)
    return SnapshotPart(
        run=record.run,
        opened_at=iso(record.opened_at),
        closed_at=iso(record.closed_at) if record.closed_at else None,
        tool_version=record.tool_version,
        chain_head=record.chain_head,
        chain_length=record.chain_length,
        stages=tuple(stages),
        documents=tuple(sorted(documents, key=lambda d: (d.path, d.role))),
        data=tuple(sorted(data, key=lambda d: d.id)),
    )


def vantage_parts(survey: Survey) -> tuple[VantagePart, ...]:
    """Give every place named in the engagement, used or not, sorted by name."""
    counts = Counter(a.vantage for a in survey.inventory.attempts)
    uses = {u.name: u for u in survey.record.vantages}
    found = []
    for vantage in survey.engagement.vantages:
        use = uses.get(vantage.name)
        sources = sorted({str(s) for s in (use.sources if use else ())} or set(map(str, vantage.sources)))
        found.append(
            VantagePart(
                name=vantage.name,
                role=vantage.role,
                via=vantage.via,
                source=", ".join(sources),
                confined=use.confined if use else False,
                attempts=counts[vantage.name],
                control_connections=use.control_connections if use else 0,
            )
        )
    return tuple(sorted(found, key=lambda v: v.name))


def attempt_parts(survey: Survey) -> tuple[AttemptPart, ...]:
    """Give every try, sorted by subject, vantage, probe and time."""
    return tuple(
        AttemptPart(
            subject=a.subject,
            vantage=a.vantage,
            probe=a.scanner,
            outcome=a.outcome.value,
            at=iso(a.at),
            evidence=tuple(sorted(a.evidence)),
        )
        for a in sorted(survey.inventory.attempts, key=attempt_order)
    )


def ledger_part(ledger: LedgerSummary) -> LedgerPart:
    """Say what was sent, per host and in all."""
    hosts = (
        LedgerHost(
            host=h.host,
            packets=h.packets,
            connections=h.connections,
            bytes=h.bytes,
            peak_packets_per_s=h.peak_packets_per_s,
            refused_sends=h.refused_sends,
        )
        for h in ledger.hosts
    )
    return LedgerPart(
        counted_by=ledger.counted_by,
        packets=ledger.packets,
        connections=ledger.connections,
        bytes=ledger.bytes,
        peak_packets_per_s=ledger.peak_packets_per_s,
        refused_sends=ledger.refused_sends,
        hosts=tuple(sorted(hosts, key=lambda h: h.host)),
    )
