"""A survey: every address in scope from the chosen vantages, through the gate, into one run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from sekisho.engine.host_survey import HostSurvey, Kit
from sekisho.engine.jobs import Progress, Workshop
from sekisho.engine.together import together
from sekisho.errors import ScopeError
from sekisho.gate.interfaces import interface_names
from sekisho.gate.jump import Jump, JumpFailed
from sekisho.gate.kernel import KernelWitness
from sekisho.gate.link import Frames
from sekisho.gate.namespaces import Namespace
from sekisho.gate.pacing import GateRefused, Pacer, Stopped
from sekisho.gate.rules import Rules
from sekisho.gate.session import Gate, Post
from sekisho.gate.watch import Watch
from sekisho.model.engagement import Engagement, Vantage
from sekisho.model.fragility import FragilityRule
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner
from sekisho.scope import AdmittedTarget, Ask, Scope
from sekisho.store.journal import Journal
from sekisho.store.ledger import Entry, LedgerRow

_LOG = logging.getLogger(__name__)
STOP_FILE: Final = "STOP"
_HOSTS_AT_ONCE: Final = 256  # tasks only; the pace decides what is sent


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


Place = tuple[Vantage, Namespace | Jump]
"""A vantage and how to look from it: out of a network namespace, or through a jump host."""


@dataclass(slots=True)
class SurveyResult:
    """How a survey went. stopped: why it ended early, "" if it did not. failed: tools and vantages that failed."""

    stopped: str = ""
    interrupted: bool = False
    failed: list[str] = field(default_factory=list)


def refuse_without_consent(scope: Scope, now: datetime) -> None:
    """Hold scope and consents against each other before the first packet.

    Raises: ScopeError listing every part of include that no consent covers, or that no consent is valid now.
    """
    if uncovered := scope.uncovered():
        parts = ", ".join(str(n) for n in uncovered)
        msg = f"no consent covers these parts of scope.include: {parts}"
        raise ScopeError(msg)
    if scope.open_until(now) is None:
        msg = f"no consent is valid at this time ({now.isoformat(timespec='minutes')})"
        raise ScopeError(msg)


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

    async def run(self, places: Sequence[Place]) -> SurveyResult:
        """Survey from each place. Raises: StoreError (state kept, resumable)."""
        result = SurveyResult()
        workshop = Workshop(self._journal, self._run, self._progress)
        workshop.load()
        for vantage, way in places:
            gate = self._gate(vantage, way)
            try:
                async with gate.entered():
                    result.failed += await self._from_vantage(gate, vantage, workshop)
            except JumpFailed as error:
                result.failed.append(f"{vantage.name}: {error}")
            except Stopped:
                result.stopped = gate.stopped
                if not gate.lost:  # a lost jump host is the end of one vantage; the others go on
                    break
            except asyncio.CancelledError:
                gate.stop("interrupted")
                result.interrupted = True
                break
        result.failed += workshop.tool_errors
        return result

    def _gate(self, vantage: Vantage, way: Namespace | Jump) -> Gate:
        """Build the gate of one vantage, its budgets reduced by what an earlier part of the run sent."""
        plan = self._plan
        pacer = Pacer(plan.pace)
        for (_, address), packets in self._journal.ledger.packets_by_host(self._run).items():
            pacer.preload(address, packets)  # from every vantage: the budget is per host and run
        namespace, jump = (way.namespace, way) if isinstance(way, Jump) else (way, None)
        gate = Gate(
            Post(vantage, namespace, self._run, plan.engagement.stop.consecutive_timeouts, jump),
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

    async def _from_vantage(self, gate: Gate, vantage: Vantage, workshop: Workshop) -> list[str]:
        """Survey every address from one vantage, watching the watch targets meanwhile; give what was postponed."""
        plan = self._plan
        kit = Kit(
            plan.engagement, self._scope, plan.pace, vantage, gate, workshop, plan.scanners, plan.community, plan.nmap
        )
        surveys = [HostSurvey(kit, address) for address in targets(self._scope, plan.engagement)]
        with self._witnessed(gate, vantage):
            watch = Watch(gate, plan.engagement.stop, self._scope)
            await watch.baseline()
            watching = asyncio.create_task(_stop_when_blind(watch, gate))
            stopping = asyncio.create_task(_look_for_stop(gate))
            try:
                await _all(surveys)
            finally:
                for task in (watching, stopping):
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError, Stopped):
                        await task
        return kit.postponed

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
        try:
            yield
        finally:
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


async def _stop_when_blind(watch: Watch, gate: Gate) -> None:
    """Watch; a survey whose watch ended in whatever way must not go on unwatched."""
    try:
        await watch.run()
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        gate.stop(f"the watch ended: {error!r}")
        raise


async def _look_for_stop(gate: Gate) -> None:
    """Look at the stop file four times a second, so that waiting senders are refused within one second."""
    while not gate.stopped:  # noqa: ASYNC110 - a file on disk sends no event
        await asyncio.sleep(0.25)


async def _all(surveys: Iterable[HostSurvey]) -> None:
    """Run host surveys, a bounded number at once; the first failure ends all."""
    places = asyncio.Semaphore(_HOSTS_AT_ONCE)

    async def one(survey: HostSurvey) -> None:
        """Survey a host when there is a place."""
        async with places:
            await survey.run()

    await together(one(survey) for survey in surveys)


def run_id(now: datetime) -> str:
    """Name a run by its opening moment, in UTC: sorts by time, readable on paper."""
    return now.astimezone(UTC).strftime("run-%Y%m%dT%H%M%S%fZ")
