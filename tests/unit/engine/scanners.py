"""Small scanners, servers and a survey bench for tests of the engine: everything real but the protocols."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from pathlib import Path

from sekisho.engine.host_survey import HostSurvey
from sekisho.engine.jobs import Workshop
from sekisho.engine.kit import Kit
from sekisho.gate.wire import ConnectFailed, Job, Wire
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import TierRow
from sekisho.model.facts import Greeting, HostAnswered, PortSeen, PortStatus
from sekisho.model.fragility import FragilityRule
from sekisho.model.observations import Reading
from sekisho.model.pace import Pace
from sekisho.model.services import ServiceView
from sekisho.model.subjects import IPAddress, Subject, address_of, host, service
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from sekisho.registry import Scanner, Stage
from sekisho.scope import Scope
from sekisho.store.journal import Journal, Run
from tests.unit.gate.posts import FAST, NOW, VANTAGE, Bench, bench, engagement

PATIENT = ip_address("127.0.0.77")
MAC = "02:00:00:00:00:77"


async def look_for_host(job: Job, wire: Wire) -> None:
    wire.note("mac " + MAC)


def read_host(transcript: Transcript) -> Reading:
    address = address_of(transcript.subject)
    assert address is not None
    return Reading(Outcome.OK, ((host(address), HostAnswered("arp", MAC)),))


async def ask_ports(job: Job, wire: Wire) -> None:
    for target in job.targets:
        try:
            stream = await wire.connect(target)
        except ConnectFailed:
            continue
        await stream.close()


def read_ports(transcript: Transcript) -> Reading:
    address = address_of(transcript.subject)
    assert address is not None
    known = {EventKind.CONNECTED: PortStatus.OPEN, EventKind.REFUSED: PortStatus.CLOSED}
    return Reading(
        Outcome.OK,
        tuple(
            (service(address, "tcp", e.port), PortSeen(known[e.kind], "connect"))
            for e in transcript.events
            if e.kind in known
        ),
    )


async def listen(job: Job, wire: Wire) -> None:
    stream = await wire.connect(job.target)
    try:
        await stream.receive(timeout_s=0.2)
    finally:
        await stream.close()


def read_greeting(transcript: Transcript) -> Reading:
    return Reading(Outcome.OK, ((transcript.subject, Greeting("test", transcript.received().decode(), 1)),))


async def crash(job: Job, wire: Wire) -> None:
    await wire.connect(job.target)
    raise LookupError(job.id)


def scanner(
    name: str,
    stage: Stage,
    run: Callable[[Job, Wire], Awaitable[None]],
    read: Callable[[Transcript], Reading],
    *,
    tier: Tier = Tier.T2,
    applies: Callable[[ServiceView], bool] = lambda _: True,
) -> Scanner:
    """Declare a scanner."""
    return Scanner(name, 1, stage, tier, 1, 10, (), run, read, applies)


HOSTS = scanner("hosts", Stage.HOST, look_for_host, read_host, tier=Tier.T1)
PORTS = scanner("ports", Stage.PORTS, ask_ports, read_ports, tier=Tier.T1)
GREETING = scanner("greeting", Stage.IDENTIFY, listen, read_greeting)
LATER = scanner("later", Stage.EXAMINE, listen, read_greeting, applies=lambda v: v.greeting is not None)
CRASHING = scanner("crashing", Stage.EXAMINE, crash, read_greeting)
USUAL = (HOSTS, PORTS, GREETING, LATER)


@dataclass
class Told:
    """Progress as it was told, in order."""

    finished_jobs: list[tuple[str, Subject, Outcome]] = field(default_factory=list)

    def finished(self, subject: Subject, scanner: str, outcome: Outcome) -> None:
        self.finished_jobs.append((scanner, subject, outcome))


@dataclass
class Ward:
    """A survey of one host with everything around it."""

    post: Bench
    journal: Journal
    workshop: Workshop
    told: Told
    kit: Kit

    async def survey(self, address: IPAddress = PATIENT) -> None:
        async with asyncio.timeout(20):
            await HostSurvey(self.kit, address).run()

    def attempts(self) -> list[tuple[str, str, Outcome]]:
        """Give (scanner, subject, outcome) of everything recorded, in order."""
        recorded = self.journal.recorded("run")
        return [(r.attempt.scanner, r.attempt.subject, r.attempt.outcome) for r in recorded]

    def close(self) -> None:
        self.journal.dispose()


def ward(
    folder: Path, scanners: Sequence[Scanner] = USUAL, *, tier: Tier = Tier.T3, pace: Pace = FAST,
    fragility: Sequence[FragilityRule] = (), community: Mapping[IPAddress, bytes] | None = None,
) -> Ward:  # fmt: skip
    """Build a survey of 127.0.0.0/8; opens the run if there is none."""
    journal = Journal(folder)
    if journal.open_now() is None:
        journal.open_run(Run("run", NOW, None, "0", "{}", "{}", "0" * 64))
    post = bench(folder, pace=pace, ledger=journal.ledger)
    whole = engagement()
    everywhere = (ip_network("127.0.0.0/8"),)
    rules = replace(whole.scope, include=everywhere, tiers=(TierRow(everywhere, (), (), tier, "test"),))
    whole = replace(whole, scope=rules)
    scope = Scope(whole, pace, fragility)
    post.gate.scope = post.scope = scope
    for (_, address), packets in journal.ledger.packets_by_host("run").items():
        post.gate.pacer.preload(address, packets)
    post.gate.remember_asked((ip_address(a), p) for a, p in journal.ledger.asked("run", VANTAGE.name))
    told = Told()
    workshop = Workshop(journal, "run", told, now=lambda: post.clock[0])
    workshop.load()
    kit = Kit(whole, scope, pace, VANTAGE, post.gate, workshop, {s.id: s for s in scanners}, community or {})
    return Ward(post, journal, workshop, told, kit)


_SERVERS: dict[tuple[IPAddress, int], asyncio.Server] = {}


def close_port(address: IPAddress, port: int) -> None:
    """Have a service of `served` refuse from now on."""
    _SERVERS[address, port].close()


@asynccontextmanager
async def served(count: int, *, port: int = 0, address: IPAddress = PATIENT) -> AsyncIterator[tuple[int, ...]]:
    """Serve a greeting on so many free ports (or one given) of a loopback address."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello\r\n")
        await reader.read()
        writer.close()

    servers = [await asyncio.start_server(greet, str(address), port) for _ in range(count)]
    at = {(address, s.sockets[0].getsockname()[1]): s for s in servers}
    _SERVERS.update(at)
    try:
        yield tuple(number for _, number in at)
    finally:
        for endpoint, server in at.items():
            server.close()
            del _SERVERS[endpoint]
