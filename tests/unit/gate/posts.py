"""Gates for tests: scopes, paces and ledgers in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from scanners.hosts.frames import ScapyFrames
from sekisho.gate.jobwire import JobWire
from sekisho.gate.namespaces import Namespace
from sekisho.gate.pacing import Pacer
from sekisho.gate.session import Gate, LedgerWriter, Post
from sekisho.gate.wire import Job
from sekisho.model import subjects
from sekisho.model.engagement import Consent, Engagement, Facility, HoursWindow, Method, ScopeRules, TierRow, Vantage
from sekisho.model.ledger import Entry, LedgerRow
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind
from sekisho.scope import AdmittedTarget, Ask, Scope
from tests.property.paces import lab

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
VANTAGE = Vantage("management", "management")
NETWORKS = tuple(ip_network(n) for n in ("127.0.0.0/8", "::1/128", "192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"))
FAST = lab(read_timeout_s=0.3, connect_timeout_s=0.9, budget=(None, None, None))


@dataclass
class Rows:
    """A ledger in memory; `full` makes the next write of that kind fail like a full disk."""

    rows: list[LedgerRow] = field(default_factory=list)
    fails_on: frozenset[Entry] = frozenset()
    error: Exception | None = None

    def write(self, run: str, *rows: LedgerRow) -> None:
        if self.error is not None and any(r.kind in self.fails_on for r in rows):
            raise self.error
        self.rows.extend(rows)

    def write_ports(self, run: str, row: LedgerRow, ports: Sequence[int]) -> None:
        self.write(run, *(replace(row, port=port) for port in ports))

    def kinds(self) -> list[Entry]:
        return [r.kind for r in self.rows]

    def settled(self) -> list[int]:
        return [r.packets for r in self.rows if r.kind is Entry.SETTLE]


def engagement(tier: Tier = Tier.T3, *, vantage: Vantage = VANTAGE, hours: Sequence[HoursWindow] = ()) -> Engagement:
    """Build an engagement that admits the test networks at a tier."""
    windows = tuple(hours) or (HoursWindow(frozenset(range(7)), time(), time(), whole_day=True),)
    consent = Consent(
        "test", "hospital", "consent.pdf", "0" * 64, date(2026, 11, 1), date(2026, 12, 1), windows, NETWORKS, Tier.T3,
        frozenset(Method), "",
    )  # fmt: skip
    rules = ScopeRules(include=NETWORKS, tiers=(TierRow(NETWORKS, (), (), tier, "test"),))
    return Engagement(Facility("test", "hospital", "Asia/Tokyo"), (consent,), rules, (vantage,))


@dataclass
class Bench:
    """One gate with everything around it."""

    gate: Gate
    rows: Rows
    scope: Scope
    clock: list[datetime]

    def target(
        self, address: IPAddress, port: int = 0, *, tier: Tier = Tier.T3, transport: str = "tcp"
    ) -> AdmittedTarget:
        """Admit one endpoint; a tier below the scope's is a smaller consent."""
        scope = self.scope if tier is Tier.T3 else Scope(_capped(tier, self.gate.post.vantage), FAST)
        admitted = scope.admit(Ask(address, self.gate.post.vantage, self.clock[0], Tier.T1, port, transport))
        assert isinstance(admitted, AdmittedTarget), admitted
        return admitted

    def wire(self, target: AdmittedTarget, *, secrets: Mapping[str, bytes] | None = None, part: str = "") -> JobWire:
        """Give the wire of a job on one target."""
        return self.gate.wire(job_of(target, secrets=secrets, part=part), None)


def job_of(target: AdmittedTarget, *, secrets: Mapping[str, bytes] | None = None, part: str = "") -> Job:
    """Build a job on one target."""
    subject = subjects.service(target.address, target.transport, target.port)
    name = f"{target.vantage}|test|{subject}{part}"
    return Job(name, "test", subject, target.vantage, (target,), {}, secrets or {})


def bench(
    folder: Path, namespace: Namespace | None = None, *, pace: Pace = FAST, ledger: LedgerWriter | None = None,
    vantage: Vantage = VANTAGE, tier: Tier = Tier.T3, **changes: Any,
) -> Bench:  # fmt: skip
    """Build a gate; nothing is sent."""
    rows, clock = Rows(), [NOW]
    scope = Scope(engagement(tier, vantage=vantage), pace)
    post = replace(Post(vantage, namespace or Namespace(), "run"), **changes)
    gate = Gate(
        post, scope=scope, pace=pace, pacer=Pacer(pace), ledger=ledger or rows, stop_file=folder / "STOP",
        frames=ScapyFrames(), now=lambda: clock[0],
    )  # fmt: skip
    return Bench(gate, rows, scope, clock)


def _capped(tier: Tier, vantage: Vantage) -> Engagement:
    full = engagement(vantage=vantage)
    return replace(full, consents=tuple(replace(c, max_tier=tier) for c in full.consents))


def kinds(wire: JobWire) -> list[EventKind]:
    """Give the kinds of event a wire recorded, in order."""
    return [e.kind for e in wire.transcript("test", 1).events]
