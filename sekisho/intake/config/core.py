"""engagement.toml as the core's own values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sekisho.intake.config.models import AccessTable, ConsentTable, EngagementFile, ScopeTable, VantageTable
from sekisho.model.engagement import (
    AccessRow,
    Consent,
    DeviceLogin,
    Facility,
    IPNetwork,
    ScopeRules,
    SnmpAccess,
    StopRules,
    TierRow,
    Vantage,
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What engagement.toml says, in the core's types; the tables of the registers come beside it."""

    facility: Facility
    consents: tuple[Consent, ...]
    scope: ScopeRules
    vantages: tuple[Vantage, ...]
    access: tuple[AccessRow, ...]
    stop: StopRules
    pace: str
    names: Mapping[str, tuple[str, ...]]
    snmp: tuple[SnmpAccess, ...]
    logins: tuple[DeviceLogin, ...]
    checklists: tuple[str, ...]
    tls_policy: str
    root_store: str


def to_core(file: EngagementFile, digests: Mapping[str, str]) -> Settings:
    """Convert the validated file. digests: sha256 of every consent document by its path."""
    facility = Facility(file.facility.name, file.facility.kind, file.facility.timezone)
    return Settings(
        facility=facility,
        consents=tuple(_consent(c, digests.get(c.document, "")) for c in file.consent),
        scope=_scope(file.scope),
        vantages=tuple(_vantage(v) for v in file.vantage),
        access=tuple(_access(a) for a in file.access),
        stop=StopRules(tuple(file.stop.watch), file.stop.consecutive_timeouts, float(file.stop.latency_factor)),
        pace=file.pace.profile,
        names={f"{a}:{p}": tuple(dict.fromkeys(names)) for (a, p), names in file.names.items()},
        snmp=tuple(SnmpAccess(tuple(s.addresses), s.secret) for s in file.snmp),
        logins=tuple(DeviceLogin(d.address, d.platform, d.host_key, d.secret) for d in file.device_login),
        checklists=tuple(dict.fromkeys(file.assess.checklists)),
        tls_policy=file.assess.tls_policy,
        root_store=file.assess.root_store,
    )


def _consent(table: ConsentTable, sha256: str) -> Consent:
    """Convert one consent."""
    return Consent(
        granted_by=table.granted_by,
        role=table.role,
        document=table.document,
        sha256=sha256,
        valid_from=table.valid_from,
        valid_until=table.valid_until,
        hours=tuple(table.hours),
        covers=tuple(table.covers),
        max_tier=table.max_tier,
        methods=frozenset(table.methods),
        stop_contact=table.stop_contact,
    )


def _scope(table: ScopeTable) -> ScopeRules:
    """Convert [scope] with its tier rows."""
    rows = tuple(TierRow(tuple(t.addresses), tuple(t.macs), tuple(t.categories), t.tier, t.reason) for t in table.tier)
    return ScopeRules(
        include=tuple(dict.fromkeys(table.include)),
        exclude=tuple(dict.fromkeys(table.exclude)),
        exclude_ports=frozenset(table.exclude_ports),
        egress_reference=tuple(dict.fromkeys(table.egress_reference)),
        tiers=rows,
    )


def _access(table: AccessTable) -> AccessRow:
    """Convert one access row; sources and vantages come apart."""
    networks: list[IPNetwork] = [s for s in table.sources if not isinstance(s, str)]
    vantages = [s.removeprefix("vantage:") for s in table.sources if isinstance(s, str)]
    return AccessRow(tuple(table.to), tuple(table.ports), tuple(networks), tuple(vantages))


def _vantage(table: VantageTable) -> Vantage:
    """Convert one vantage."""
    return Vantage(
        name=table.name,
        role=table.role,
        via=table.via,
        interface=table.interface,
        sources=table.source,
        secret=table.secret,
        host_key=table.host_key,
    )
