"""What a survey would send, told before the first packet: per vantage and address the probes and their worst case.

Nothing is sent. What the plan does not announce is not sent either: a host can only get less, since a port that is
closed or a tier that a MAC lowers takes probes away (held by tests/integration/test_dry_run.py against the wire).
Through a jump host only TCP connections are planned, each with the most SYNs that a kernel sends to a silent port.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sekisho.engine.controls import ROUNDS
from sekisho.engine.host_survey import NO_FURTHER_PORTS
from sekisho.engine.lost import LAST_LOOKS, MOST_IN_VAIN
from sekisho.engine.survey import STOP_FILE, SurveyPlan, targets
from sekisho.gate.jump import Jump
from sekisho.gate.pacing import CLOSE_PACKETS, CONNECT_PACKETS, GateRefused, Pacer, Stopped
from sekisho.gate.session import Gate, Post, Way
from sekisho.gate.watch import BASELINE_PROBES, EVERY_S
from sekisho.gate.wire import Job
from sekisho.model.attempts import WATCH, Outcome
from sekisho.model.engagement import BY_NAME, Vantage
from sekisho.model.jump_host import MOST_SYNS, JumpHost
from sekisho.model.ledger import LedgerRow
from sekisho.model.services import ServiceView
from sekisho.model.subjects import IPAddress, host
from sekisho.model.tiers import Tier
from sekisho.registry import COMMUNITY, Scanner, Stage
from sekisho.scope import AdmittedTarget, Ask, Refusal


@dataclass(frozen=True, slots=True)
class PlannedProbe:
    """One probe of one host. ports: those it may reach; empty for the address itself.

    packets: worst case for all ports together, as if each were open and spoke the protocol. if_open: only the ports
    found open are spoken to.
    """

    scanner: str
    ports: tuple[int, ...]
    packets: int
    if_open: bool = False


@dataclass(frozen=True, slots=True)
class PlannedHost:
    """One address from one vantage. packets: worst case, held down by the profile's budget; 0 when refused.

    refused: the rule (`own_address`, `jump_host`, `vantage`, `no_way`, `stopped` or a rule of the scope), "" when it
    is asked.
    without: ports that the scope takes away. reasons: what set the tier (kind, detail).
    """

    vantage: str
    address: IPAddress
    tier: Tier
    why: str
    probes: tuple[PlannedProbe, ...] = ()
    packets: int = 0
    refused: str = ""
    outcome: Outcome | None = None
    without: tuple[int, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()


class _Nowhere:
    """A ledger for a gate that only answers questions."""

    def write(self, run: str, *rows: LedgerRow) -> None:
        """Keep nothing: nothing is sent."""

    def write_ports(self, run: str, row: LedgerRow, ports: Sequence[int]) -> None:
        """Keep nothing either."""


class Planner:
    """Plans one vantage. way: None when the survey can't look from there, unusable says why.

    jump_host: whom the survey logs in to first, if anybody; logins: how often at most, control rounds included.
    """

    def __init__(
        self, plan: SurveyPlan, vantage: Vantage, way: Way | None, now: datetime, *, unusable: str = ""
    ) -> None:
        """Take the plan; nothing is sent."""
        self._plan, self._vantage, self._now, self._unusable = plan, vantage, now, unusable
        self._scope = plan.scope()
        self._gate = None if way is None else self._question(way)
        self.jump_host: JumpHost | None = way.door.host if isinstance(way, Jump) else None
        self.logins = 1 + (ROUNDS if len(plan.engagement.vantages) > 1 else 0)
        self._connect = CONNECT_PACKETS if self.jump_host is None else MOST_SYNS

    def hosts(self) -> Iterator[PlannedHost]:
        """Give every address of the survey, in the order in which it is looked at."""
        for address in targets(self._scope, self._plan.engagement):
            yield self._host(address)

    def _question(self, way: Way) -> Gate:
        """Build a gate to ask whether a send would be let out."""
        plan = self._plan
        return Gate(
            Post(self._vantage, way, ""), scope=self._scope, pace=plan.pace, pacer=Pacer(plan.pace),
            ledger=_Nowhere(), stop_file=Path(plan.folder) / STOP_FILE, frames=plan.frames, now=lambda: self._now,
        )  # fmt: skip

    def _host(self, address: IPAddress) -> PlannedHost:
        """Plan one address."""
        answer = self._scope.admit(Ask(address, self._vantage, self._now, Tier.T1))
        if isinstance(answer, Refusal):
            return self._refused(address, answer.by.value, answer.outcome, answer.detail)
        if self._gate is None:
            return self._refused(address, "vantage", Outcome.NOT_TRIED, self._unusable)
        if refusal := self._forbidden(self._gate, answer):
            return self._refused(address, *refusal)
        listed = self._listed(answer.tier)
        without = tuple(p for p in listed if p in self._plan.engagement.scope.exclude_ports)
        asked = tuple(p for p in listed if p not in without)
        probes = tuple(self._probes(address, answer.tier, asked))
        watch = sum(p.packets for p in probes if p.scanner == WATCH)  # apart from the budget (ADR 0014)
        worst, budget = sum(p.packets for p in probes) - watch, self._plan.pace.budget_of(answer.tier)
        reasons = self._scope.tier_of(address).reasons
        why = "; ".join(f"{kind}: {detail}" for kind, detail in reasons)
        packets = watch + (worst if budget is None else min(worst, budget))
        return PlannedHost(
            self._vantage.name, address, answer.tier, why, probes, packets, without=without, reasons=reasons
        )

    def _refused(self, address: IPAddress, rule: str, outcome: Outcome, why: str) -> PlannedHost:
        """Make the row of an address that gets nothing."""
        decided = self._scope.tier_of(address)
        row = PlannedHost(self._vantage.name, address, decided.tier, why, refused=rule, outcome=outcome)
        return replace(row, reasons=decided.reasons)

    def _forbidden(self, gate: Gate, target: AdmittedTarget) -> tuple[str, Outcome, str] | None:
        """Ask the gate and the engagement what the scope does not know: where we stand and how we get there."""
        if any(target.address in v.sources for v in self._plan.engagement.vantages):
            return "own_address", Outcome.NOT_TRIED, "our own address"
        job = Job("plan", "plan", host(target.address), self._vantage.name, (target,))
        try:
            gate.source(target.address)
            gate.check(target, job)
        except GateRefused as refused:
            own = refused.detail == "our own address"
            here = self.jump_host is not None and self.jump_host.address == target.address
            return "own_address" if own else "jump_host" if here else "no_way", refused.outcome, refused.detail
        except Stopped:
            return "stopped", Outcome.NOT_TRIED, gate.stopped
        return None

    def _listed(self, tier: Tier) -> tuple[int, ...]:
        """Give the TCP ports that the pace profile lists for a tier."""
        pace = self._plan.pace
        return tuple(dict.fromkeys((*pace.t1_ports, *(pace.t2_ports if tier >= Tier.T2 else ()))))

    def _probes(self, address: IPAddress, tier: Tier, asked: tuple[int, ...]) -> Iterator[PlannedProbe]:
        """Give the probes of one host in the order of the stages."""
        spoken = tuple(p for p in asked if p not in NO_FURTHER_PORTS)
        for scanner in sorted(self._plan.scanners.values(), key=lambda s: (s.stage, s.id)):
            if self.jump_host is not None and _needs_more_than_tcp(scanner):
                continue
            if scanner.method in BY_NAME:
                if named := self._named(scanner, address, asked):
                    yield PlannedProbe(scanner.id, named, self._packets(scanner) * len(named), if_open=True)
                continue
            if scanner.tier > tier or not scanner.max_packets:  # a reader of files sends nothing
                continue
            if not self._scope.consents_to(scanner.method, address, self._now):
                continue
            if scanner.stage is Stage.HOST:
                yield PlannedProbe(scanner.id, (), scanner.max_packets * (1 + self._looks(tier, len(asked))))
            elif scanner.stage is Stage.PORTS:
                yield PlannedProbe(scanner.id, asked, self._per_connection * self._connections(tier, len(asked)))
            elif ports := self._spoken_to(scanner, address, tier, spoken):
                yield PlannedProbe(scanner.id, ports, self._packets(scanner) * len(ports), if_open=True)
        yield from self._watched(address)

    def _packets(self, scanner: Scanner) -> int:
        """Give the most packets of one job of a scanner from here."""
        connections, packets = scanner.cost(self._plan.pace.tls)
        return packets + connections * (self._connect - CONNECT_PACKETS)

    def _named(self, scanner: Scanner, address: IPAddress, asked: tuple[int, ...]) -> tuple[int, ...]:
        """Give the ports of what a consent names one by one, if each were open and nothing beside it forbade it."""
        views = [ServiceView(address, "tcp", port, scanner.tier) for port in asked]
        ports = [view.port for view in views if scanner.applies(view)]
        ask = Ask(address, self._vantage, self._now, scanner.tier, method=scanner.method)
        return tuple(t.port for t in self._scope.admit_ports(ask, ports) if isinstance(t, AdmittedTarget))

    def _connections(self, tier: Tier, ports: int) -> int:
        """Give how many connects may look for open ports: one each, above T1 more.

        Each again in control rounds where vantages are compared, and one to see whether the host is still there.
        """
        if tier <= Tier.T1:
            return ports
        return ports * (1 + (ROUNDS if len(self._plan.engagement.vantages) > 1 else 0)) + (LAST_LOOKS if ports else 0)

    def _looks(self, tier: Tier, ports: int) -> int:
        """Give how often a T1 neighbour whose ports stay silent may be looked for besides the first contact."""
        return LAST_LOOKS * math.ceil(ports / MOST_IN_VAIN) if tier <= Tier.T1 else 0

    @property
    def _per_connection(self) -> int:
        """Packets of one connection on which nothing is said."""
        return self._connect + CLOSE_PACKETS

    def _spoken_to(self, scanner: Scanner, address: IPAddress, tier: Tier, spoken: Sequence[int]) -> tuple[int, ...]:
        """Give the ports to which a scanner of services may speak, if each were open."""
        if scanner.transport == "udp":
            return self._udp_ports(scanner, address, tier)
        if scanner.stage is not Stage.DETECT:
            return tuple(spoken)
        if not self._plan.nmap or (scanner.program and shutil.which(scanner.program) is None):
            return ()
        views = (ServiceView(address, "tcp", p, tier, nmap_wanted=True) for p in spoken)
        return tuple(v.port for v in views if scanner.applies(v))

    def _udp_ports(self, scanner: Scanner, address: IPAddress, tier: Tier) -> tuple[int, ...]:
        """Give the UDP ports that a scanner asks, as the survey of the host chooses them."""
        if scanner.secret == COMMUNITY and self._plan.community.get(address) is None:
            return ()
        settings = {COMMUNITY: True} if address in self._plan.community else {}
        categories = self._scope.tiering.categories(address)
        views = (
            ServiceView(address, "udp", p, tier, categories[0] if categories else "", settings=settings)
            for p in scanner.udp_ports if p not in self._plan.engagement.scope.exclude_ports
        )  # fmt: skip
        return tuple(v.port for v in views if scanner.applies(v))

    def _watched(self, address: IPAddress) -> Iterator[PlannedProbe]:
        """Give the watch on a host: before and after each visit, every ten seconds until the last consent closes."""
        until = self._scope.open_until(self._now)
        ports = tuple(w.port for w in self._plan.engagement.stop.watch if w.address == address)
        if ports and until is not None:
            # of several vantages one may be put off once, and is asked again in the control rounds (ADR 0023)
            visits = 2 + ROUNDS if len(self._plan.engagement.vantages) > 1 else 1
            times = visits * (BASELINE_PROBES + 1) + math.ceil((until - self._now).total_seconds() / EVERY_S)
            yield PlannedProbe(WATCH, ports, self._per_connection * times * len(ports))


def _needs_more_than_tcp(scanner: Scanner) -> bool:
    """Tell whether a scanner sends what a jump host can't: ARP and the like, datagrams, what a program sends."""
    return scanner.stage is Stage.HOST or scanner.transport == "udp" or bool(scanner.program)
