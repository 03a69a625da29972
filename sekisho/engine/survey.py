"""A survey: every address in scope from the chosen vantages, through the gate, into one run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from sekisho.engine.controls import ROUNDS, Again, tries_of, wanted
from sekisho.engine.guarded import Guard, NotSeenYet
from sekisho.engine.host_survey import HostSurvey
from sekisho.engine.jobs import Progress, Workshop, ids
from sekisho.engine.kit import Kit
from sekisho.engine.knowledge import HostKnowledge
from sekisho.errors import ScopeError
from sekisho.gate.interfaces import interface_names
from sekisho.gate.jump import JumpFailed
from sekisho.gate.kernel import KernelWitness
from sekisho.gate.link import Frames
from sekisho.gate.namespaces import PlaceGone
from sekisho.gate.pacing import GateRefused, Pacer, Stopped
from sekisho.gate.rules import Rules
from sekisho.gate.session import Gate, Post, Way
from sekisho.messages import Sentence
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Engagement, Method, Vantage
from sekisho.model.fragility import FragilityRule
from sekisho.model.ledger import Entry, LedgerRow
from sekisho.model.observations import Reading
from sekisho.model.pace import Pace
from sekisho.model.subjects import FACILITY, IPAddress, address_of
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner, Stage
from sekisho.scope import AdmittedTarget, Ask, Scope
from sekisho.store.journal import Journal

_LOG = logging.getLogger(__name__)
STOP_FILE: Final = "STOP"


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """Everything a survey needs, prepared before the first packet.

    community: SNMP community by address; None where one is declared but its secret is not at hand.
    missing_secrets: references that could not be resolved; what needs them is not tried.
    """

    folder: Path
    engagement: Engagement
    pace: Pace
    fragility: tuple[FragilityRule, ...]
    scanners: Mapping[str, Scanner]
    community: Mapping[IPAddress, bytes | None]
    frames: Frames | None = None
    nmap: bool = False
    missing_secrets: tuple[str, ...] = ()

    def scope(self) -> Scope:
        """Give the scope of the plan."""
        return Scope(self.engagement, self.pace, self.fragility)


@dataclass(slots=True)
class SurveyResult:
    """How a survey went. stopped: why it ended early, "" if it did not. failed: tools and vantages that failed.

    left: a vantage (its jump host, its namespace) or a host was lost, so that a later part has to go on there.
    not_started: what was asked for and had nothing to do, with the vantage; no failure.
    """

    stopped: str = ""
    interrupted: bool = False
    left: bool = False
    failed: list[str] = field(default_factory=list)
    not_started: list[str] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Nothing more is to be sent from any vantage."""
        return bool(self.stopped) or self.interrupted

    @property
    def complete(self) -> bool:
        """There is nothing for a later part of the run to do."""
        return not (self.ended or self.left)

    def leave(self, gate: Gate, why: str) -> None:
        """Give up one vantage; the others go on."""
        self.left = True
        self.failed.append(Sentence("cli.survey.of_vantage", name=gate.post.vantage.name, why=why))


def refuse_without_consent(scope: Scope, now: datetime) -> None:
    """Hold scope and consents against each other before the first packet.

    Raises: ScopeError listing every part of include that no consent to active probes covers, or that none is valid now.
    """
    if not_to_probe := scope.uncovered(Method.ACTIVE):
        key = "uncovered" if not_to_probe == scope.uncovered() else "not_active"
        raise ScopeError(Sentence(f"cli.scope.{key}", parts=", ".join(str(n) for n in not_to_probe)))
    if scope.open_until(now) is None:
        at = now.astimezone(scope.zone)
        raise ScopeError(Sentence("cli.scope.closed", at=f"{at:%Y-%m-%d %H:%M}", zone=scope.zone.key))


def targets(scope: Scope, engagement: Engagement) -> tuple[IPAddress, ...]:
    """Give every address to look at: the scope's, and declared ones (so that one outside scope is recorded as such)."""
    declared = {a for d in engagement.devices for a in d.addresses} | {a for n in engagement.lines for a in n.addresses}
    found = dict.fromkeys(scope.addresses())
    found.update(dict.fromkeys(sorted(declared, key=lambda a: (a.version, int(a)))))
    return tuple(found)


class Survey:
    """Runs a plan from several vantages, one after another."""

    def __init__(self, plan: SurveyPlan, journal: Journal, run: str, progress: Progress) -> None:
        """Prepare; nothing is sent."""
        self._plan, self._journal, self._run, self._progress = plan, journal, run, progress
        self._scope = plan.scope()

    async def run(self, places: Sequence[tuple[Vantage, Way]]) -> SurveyResult:
        """Survey from each vantage; one whose jump host fails is left, and the others go on.

        Raises: StoreError (state kept, resumable).
        """
        result = SurveyResult()
        workshop = Workshop(self._journal, self._run, self._progress)
        workshop.load()
        at_hand: list[tuple[Vantage, Way]] = []
        put_off: set[str] = set()
        waiting = deque(places)
        while waiting and not result.ended:
            vantage, way = waiting.popleft()
            gate = self._gate(vantage, way)
            last = not waiting or vantage.name in put_off
            try:
                if await _went_well(gate, partial(self._from_vantage, gate, workshop, result, last=last), result):
                    at_hand.append((vantage, way))
            except NotSeenYet:
                put_off.add(vantage.name)
                waiting.append((vantage, way))
        if not result.ended:
            await self._control_rounds(at_hand, workshop, result)
        result.failed += workshop.tool_errors
        return result

    async def _control_rounds(
        self, places: Sequence[tuple[Vantage, Way]], workshop: Workshop, result: SurveyResult
    ) -> None:
        """Ask again, where one more answer or silence decides whether a service is restricted or was just down."""
        if len(self._plan.engagement.vantages) < 2:  # noqa: PLR2004 - nobody to compare with
            return
        (ports,) = (s for s in self._plan.scanners.values() if s.stage is Stage.PORTS)
        at_hand = {v.name: (v, way) for v, way in places}
        for _ in range(ROUNDS):
            tries = wanted(tries_of(workshop.readings(ports)), set(at_hand))
            for vantage, way in tuple(at_hand.values()):
                mine = [again for again in tries if again.vantage == vantage.name]
                if not mine:
                    continue
                gate = self._gate(vantage, way)
                if await _went_well(gate, partial(self._ask_again, gate, workshop, mine), result):
                    continue
                if result.ended:
                    return
                del at_hand[vantage.name]

    async def _ask_again(self, gate: Gate, workshop: Workshop, tries: Sequence[Again]) -> None:
        """Make the control tries of one vantage."""
        kit = self._kit(gate.post.vantage, gate, workshop)
        recorded: dict[str, list[tuple[IPAddress, Reading]]] = defaultdict(list)  # by device, read once for all
        for scanner in (*kit.stage(Stage.HOST), *kit.stage(Stage.PORTS)):
            for attempt, reading in workshop.readings(scanner):
                if (address := address_of(attempt.subject)) is not None:
                    recorded[self._scope.host_of(address)].append((address, reading))
        await self._watched(
            gate,
            kit,
            lambda: (
                HostSurvey(kit, a.address).ask_again(a.port, a.number, recorded[self._scope.host_of(a.address)])
                for a in tries
            ),
        )

    async def conclude(self) -> None:
        """Record every step that no part of the run came to as not tried: what follows is the closing of the run.

        Only from vantages that were used; that the others were not is a limit of its own in the report.
        """
        about, workshop = self._plan.engagement, Workshop(self._journal, self._run, self._progress)
        workshop.load()
        for vantage in about.vantages:
            if workshop.has_tried(vantage.name):
                kit = self._kit(vantage, None, workshop)
                for address in targets(self._scope, about):
                    await HostSurvey(kit, address).run()

    def _gate(self, vantage: Vantage, way: Way) -> Gate:
        """Build the gate of one vantage, its budgets reduced by what an earlier part of the run sent."""
        plan = self._plan
        pacer = Pacer(plan.pace)
        for (_, address), packets in self._journal.ledger.packets_by_host(self._run).items():
            pacer.preload(
                self._scope.host_of(ip_address(address)), packets
            )  # from every vantage: the budget is per host and run
        gate = Gate(
            Post(vantage, way, self._run, plan.engagement.stop.consecutive_timeouts),
            scope=self._scope,
            pace=plan.pace,
            pacer=pacer,
            ledger=self._journal.ledger,
            stop_file=plan.folder / STOP_FILE,
            frames=plan.frames,
        )
        asked = self._journal.ledger.asked(self._run, vantage.name)
        gate.remember_asked((ip_address(address), port) for address, port in asked)
        return gate

    def _kit(self, vantage: Vantage, gate: Gate | None, workshop: Workshop, *, nmap: bool = False) -> Kit:
        """Give what all host surveys from one vantage share; what is known of fragile devices comes along."""
        plan = self._plan
        kit = Kit(
            plan.engagement, self._scope, plan.pace, vantage, gate, workshop, plan.scanners, plan.community, nmap
        )  # fmt: skip
        seen: dict[tuple[str, IPAddress], HostKnowledge] = {}
        for scanner in (*kit.stage(Stage.HOST), *kit.stage(Stage.PORTS)):
            for attempt, reading in workshop.readings(scanner):
                if (address := address_of(attempt.subject)) is not None:
                    seen.setdefault((attempt.vantage, address), HostKnowledge(address)).learn(reading)
        for (_, address), known in seen.items():
            kit.devices.learn(self._scope.host_of(address), known)
        return kit

    async def _from_vantage(self, gate: Gate, workshop: Workshop, result: SurveyResult, *, last: bool) -> None:
        """Survey every address from one vantage; what was postponed and what never started goes into the result.

        Raises: NotSeenYet, unless it is the last vantage.
        """
        vantage = gate.post.vantage
        direct = gate.post.jump is None  # no program is started to look through a jump host
        lacking = [s for s in self._detectors() if direct and s.program and shutil.which(s.program) is None]
        for scanner in lacking:
            workshop.missing(scanner, vantage.name)
        kit = self._kit(vantage, gate, workshop, nmap=self._plan.nmap and not lacking)
        everybody = targets(self._scope, self._plan.engagement)
        await self._watched(gate, kit, lambda: (HostSurvey(kit, a).run() for a in everybody), last=last)
        result.failed += [*kit.postponed, *kit.lost]
        result.left = result.left or bool(gate.fell_silent)
        result.not_started += self._idle_detectors(vantage, workshop)

    async def _watched(
        self,
        gate: Gate,
        kit: Kit,
        work: Callable[[], Iterable[Coroutine[None, None, None]]],
        *,
        last: bool = True,
    ) -> None:
        """Do work on hosts, confined and counted by the kernel, under guard of the watch targets."""
        with self._witnessed(gate, gate.post.vantage):
            guard = Guard(self._plan.engagement, self._scope, kit.workshop, kit.devices)
            await guard.over(gate, work, last=last)

    def _detectors(self) -> list[Scanner]:
        """Give the scanners of service detection, if it was asked for."""
        return [s for s in self._plan.scanners.values() if s.stage is Stage.DETECT and self._plan.nmap]

    def _idle_detectors(self, vantage: Vantage, workshop: Workshop) -> list[str]:
        """Record and tell which service detection was asked for and found nothing to ask from a vantage."""
        told: list[str] = []
        for scanner in self._detectors():
            if not workshop.has_tried(vantage.name, scanner.id):
                why = self._nothing_to_detect(scanner, vantage)
                job = ids((vantage.name, scanner.id, FACILITY))
                workshop.skip(job, FACILITY, scanner.id, vantage.name, (Outcome.NOT_TRIED, why))
                told.append(f"{vantage.name}: {why}")
        return told

    def _nothing_to_detect(self, scanner: Scanner, vantage: Vantage) -> str:
        """Say why service detection was asked for and yet never started from a vantage."""
        now = datetime.now(UTC)
        asks = (Ask(a, vantage, now, scanner.tier) for a in targets(self._scope, self._plan.engagement))
        if any(isinstance(self._scope.admit(ask), AdmittedTarget) for ask in asks):
            return f"no open port on a {scanner.tier} target that {scanner.id} may ask: {scanner.id} not started"
        return f"no {scanner.tier} target: {scanner.id} not started"

    @contextlib.contextmanager
    def _witnessed(self, gate: Gate, vantage: Vantage) -> Iterator[None]:
        """Let the kernel count and confine what is sent meanwhile; its counters go into the ledger.

        What a jump host sends is out of reach of our kernel.
        """
        if gate.post.jump is not None:
            yield
            return
        witness = KernelWitness(gate.post.namespace, f"{self._run}{vantage.name}")
        self._keep_counts(vantage, witness.leftover(), "left by an earlier part")
        now = datetime.now(UTC)
        asks = (Ask(a, vantage, now, Tier.T1) for a in targets(self._scope, self._plan.engagement))
        admitted = [t.address for a in asks if isinstance(t := self._scope.admit(a), AdmittedTarget)]
        sources = {ip_address(s) for a in admitted if (s := _source(gate, a))}
        witness.begin(
            Rules(
                admitted=tuple(admitted),
                excluded_ports=tuple(sorted(self._plan.engagement.scope.exclude_ports)),
                sources=tuple(sources),
                per_host=self._plan.pace.host_packets_per_s,
                interfaces=interface_names(gate.post.namespace),
                kept_macs=tuple(sorted(self._scope.kept_macs())),
            )
        )
        gate.walled = witness.confined
        try:
            yield
        finally:
            gate.walled = False
            self._keep_counts(vantage, witness.end(), "confined" if witness.guards_frames else "counted")

    def _keep_counts(self, vantage: Vantage, counts: Mapping[str, int], note: str) -> None:
        """Write the kernel's counters as ledger rows."""
        now = datetime.now(UTC)
        rows = [
            LedgerRow(now, Entry.KERNEL, vantage.name, "", "", "", 0, address, 0, 0, packets, 0, note)
            for address, packets in sorted(counts.items())
        ]
        if rows:
            self._journal.ledger.write(self._run, *rows)


def _source(gate: Gate, address: IPAddress) -> str:
    """Give our address towards a target, "" when there is no way to it from here."""
    with contextlib.suppress(GateRefused):
        return gate.source(address)
    return ""


async def _went_well(gate: Gate, work: Callable[[], Awaitable[None]], result: SurveyResult) -> bool:
    """Visit one vantage; False when it came to no good end, which the result then tells."""
    try:
        async with gate.entered():
            await work()
    except (JumpFailed, PlaceGone) as failed:
        result.leave(gate, failed.args[0])
    except Stopped:
        if gate.lost:
            result.leave(gate, gate.stopped)
        else:
            result.stopped = gate.stopped
    except asyncio.CancelledError:
        gate.stop(Sentence("cli.stop.interrupted"))
        result.interrupted = True
    else:
        return True
    return False


def run_id(now: datetime) -> str:
    """Name a run by its opening moment, in UTC: sorts by time, readable on paper."""
    return now.astimezone(UTC).strftime("run-%Y%m%dT%H%M%S%fZ")
