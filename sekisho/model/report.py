"""report.json, contract v1: the border to everything that reads a survey (design: report.json).

pydantic models because this is a border: the JSON Schema in docs/schema is generated from them, and every report is
validated against it before it is written. Lists are sorted by their id; texts for people are {ja, en}.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from sekisho.model.report_run import Part, Sha256, SnapshotPart
from sekisho.model.report_run import Text as Text  # noqa: PLC0414 - re-exported: everything that makes sentences takes it from here
from sekisho.model.report_tls import TlsPart

SCHEMA_VERSION: Final = "1.0"

Verdict = Literal["pass", "fail", "unknown", "not_applicable", "error"]
SeverityName = Literal["critical", "high", "medium", "low", "info"]
State = Literal["supported", "contradicted", "undetermined", "not_applicable", "hearing_required"]
Verifiability = Literal["full", "partial", "none", "not_observable"]
HearingValue = Literal["yes", "no", "not_applicable"]
OutcomeName = Literal[
    "ok", "refused", "timeout", "filtered", "middlebox", "protocol_error", "auth_failed", "host_gone", "interrupted",
    "skipped_by_scope", "skipped_by_tier", "not_tried", "tool_error",
]  # fmt: skip
Kind = Annotated[str, Field(pattern=r"^K([1-9]|1[0-8])$")]


class EngagementPart(Part):
    """Who was surveyed, under which consents and rules."""

    facility: str
    kind: str
    timezone: str
    consents: tuple[ConsentPart, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    exclude_ports: tuple[int, ...]
    pace: str
    checklists: tuple[str, ...]
    tls_policy: str


class ConsentPart(Part):
    """One consent as it stood when the run was opened."""

    granted_by: str
    role: str
    document: str
    sha256: Sha256
    valid_from: str
    valid_until: str
    covers: tuple[str, ...]
    max_tier: str
    methods: tuple[str, ...]


class VantagePart(Part):
    """One place looked from. confined: the kernel dropped what is not admitted. control_connections: to a jump host."""

    name: str
    role: str
    via: str
    source: str
    confined: bool
    attempts: int
    control_connections: int = 0


class ConnectionPointPart(Part):
    """One way out at one device."""

    id: str
    kinds: tuple[Kind, ...]
    name: str
    asset: str | None
    addresses: tuple[str, ...]
    counterpart: str
    declared: bool
    observed: bool
    numbers: tuple[str, ...]
    owner: str
    carrier: str
    purpose: str
    remote_maintenance: str
    source_restriction: str
    found_by: tuple[str, ...]
    services: tuple[str, ...]
    findings: tuple[str, ...]
    evidence: tuple[str, ...]


class AssetPart(Part):
    """One device, merged from everything that names it. id: host:ADDR of its first address."""

    id: str
    addresses: tuple[str, ...]
    macs: tuple[str, ...]
    hostname: str
    vendor: str
    product: str
    version: str
    category: str
    tier: str
    tier_reason: Text
    declared: bool
    observed: bool
    numbers: tuple[str, ...]
    location: str
    origins: tuple[str, ...]
    evidence: tuple[str, ...]


class SshDirectionPart(Part):
    """SSH lists of one direction, in the server's order."""

    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    compressions: tuple[str, ...]


class SshKeyPart(Part):
    """One host key that the service showed. sha256: as ssh-keygen -lf prints it, without "SHA256:"."""

    type: str
    bits: int
    sha256: str


class SshPart(Part):
    """SSH facts of one service. host_keys: signature algorithms offered; ciphers, macs: of either direction.

    strict_kex: null where no lists were read. terrapin: what CVE-2023-48795 needs, offered without its counter-measure.
    """

    banner: str
    protocol: str
    kex: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    to_client: SshDirectionPart
    to_server: SshDirectionPart
    keys: tuple[SshKeyPart, ...]
    strict_kex: bool | None
    terrapin: tuple[str, ...]


class HttpPart(Part):
    """HTTP facts of one service."""

    status: int
    server: str
    title: str
    realm: str
    login: bool


BY_PORT = " (port)"
"""Ends `services[].protocol` where nothing but the port's number suggests it."""


class ServicePart(Part):
    """One open port."""

    id: str
    asset: str
    address: str
    transport: Literal["tcp", "udp"]
    port: int
    protocol: str
    product: str
    version: str
    banner: str
    management: bool
    tls: TlsPart | None
    ssh: SshPart | None
    http: HttpPart | None
    seen_from: tuple[str, ...]
    evidence: tuple[str, ...]


class FindingPart(Part):
    """One check's judgement of one subject."""

    id: str
    check: str
    check_version: int
    topic: str
    subject: str
    verdict: Verdict
    severity: SeverityName
    confidence: Literal["high", "medium", "low"]
    title: Text
    reason: Text
    remediation: Text
    act: Literal["hospital", "carrier", "vendor", "maker"]
    items: tuple[str, ...]
    cves: tuple[str, ...]
    evidence: tuple[str, ...]


class ObservedPart(Part):
    """What an answer rests on: how much was looked at and what was blind.

    devices_expected: those that a register says are there, of the kinds that the item speaks of; devices_seen: those
    of them that answered. Others that answered stand in blind.
    """

    segments: tuple[str, ...]
    devices_seen: int
    devices_expected: int
    period: tuple[str, str] | None
    blind: tuple[Text, ...]


class VerifiabilityPart(Part):
    """How far evidence can answer an item at all, and why."""

    level: Verifiability
    why: Text


class AnswerPart(Part):
    """One answer row of a checklist. state from evidence alone; はい・いいえ is the officer's."""

    checklist: str
    item: str
    number: str
    label: Text
    subject: str
    state: State
    reason: Text
    verifiability: VerifiabilityPart
    observed: ObservedPart
    hearing: HearingValue | None
    hearing_origin: str
    conflict: bool
    target_date: str | None
    waiver: str | None
    findings: tuple[str, ...]


class ControlPart(Part):
    """What shows that a service was up while it was silent elsewhere (`sekisho.model.control.Control`)."""

    vantage: str
    kind: Literal["near", "around"]
    seconds: int


class RestrictionPart(Part):
    """One service as one vantage saw it, against who is meant to reach it."""

    service: str
    vantage: str
    outcome: OutcomeName
    meant: Literal["yes", "no", "unstated"]
    control: ControlPart | None
    verdict: Literal[
        "proven_restricted", "proven_open", "configured_not_observed", "observed_not_configured", "inconclusive"
    ]
    to_settle: Text


class AttemptPart(Part):
    """One try."""

    subject: str
    vantage: str
    probe: str
    outcome: OutcomeName
    at: str
    evidence: tuple[str, ...]


class ReconciliationRow(Part):
    """One subject on which register and observation differ."""

    subject: str
    number: str
    what: Text


class Reconciliation(Part):
    """Register against observation."""

    undeclared: tuple[ReconciliationRow, ...]
    missing: tuple[ReconciliationRow, ...]
    mismatched: tuple[ReconciliationRow, ...]


class WaiverPart(Part):
    """A finding or item the hospital accepts for now."""

    id: str
    subject: str
    justification: str
    approver: str
    expires: str
    expired: bool


class LedgerHost(Part):
    """What one host got from us. counted_by: kernel | socket (how `packets` was counted)."""

    host: str
    packets: int
    connections: int
    bytes: int
    peak_packets_per_s: int
    refused_sends: int


class LedgerPart(Part):
    """What we sent, per host and in all."""

    counted_by: str
    packets: int
    connections: int
    bytes: int
    peak_packets_per_s: int
    refused_sends: int
    hosts: tuple[LedgerHost, ...]


class LimitPart(Part):
    """Something the survey could not see, and why."""

    id: str
    what: Text
    subjects: tuple[str, ...]


class Report(Part):
    """The whole report. Serialised with sorted keys, so the same input gives the same bytes."""

    schema_version: Literal["1.0"]
    engagement: EngagementPart
    snapshot: SnapshotPart
    vantages: tuple[VantagePart, ...]
    connection_points: tuple[ConnectionPointPart, ...]
    assets: tuple[AssetPart, ...]
    services: tuple[ServicePart, ...]
    findings: tuple[FindingPart, ...]
    answers: tuple[AnswerPart, ...]
    restriction: tuple[RestrictionPart, ...]
    attempts: tuple[AttemptPart, ...]
    reconciliation: Reconciliation
    waivers: tuple[WaiverPart, ...]
    ledger: LedgerPart
    limits: tuple[LimitPart, ...]


EngagementPart.model_rebuild()
