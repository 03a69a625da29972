"""The gate of one vantage: admit, pace, record. What it gives each job is `sekisho.gate.jobwire.JobWire`."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final, NoReturn, Protocol

from sekisho.gate import link
from sekisho.gate.interfaces import has_link, route_to
from sekisho.gate.jobwire import JobWire
from sekisho.gate.jump import Jump, JumpFailed
from sekisho.gate.jumpwire import JumpWire
from sekisho.gate.listener import Listener
from sekisho.gate.namespaces import Namespace, PlaceGone
from sekisho.gate.pacing import SYN_PACKETS, ConsentClosed, GateRefused, Pacer, Stopped
from sekisho.gate.patience import Patience
from sekisho.gate.recorder import Recorder
from sekisho.gate.sockets import SOCKET_PORTS, SWEEP_PORTS, SourcePorts, source_for
from sekisho.gate.wire import Job
from sekisho.messages import Sentence
from sekisho.model.artefacts import BANNED, BANNED_AFTER, FELL_SILENT
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Vantage
from sekisho.model.ledger import CONTROL_BEGINS, Entry, LedgerRow
from sekisho.model.macs import names_one_device
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier
from sekisho.scope import AdmittedTarget, Scope

_LOG = logging.getLogger(__name__)
_SWEEPS_AT_ONCE: Final = 8  # hosts whose many ports leave at the same time
_MOST_T1_PORTS: Final = 20  # design: T1
_NO_ROUTE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


Way = Namespace | Jump
"""How to look from a vantage: out of a network namespace, or through a jump host."""


class LedgerWriter(Protocol):
    """Where sends are written before they happen."""

    def write(self, run: str, *rows: LedgerRow) -> None:
        """Append rows in one commit."""
        ...

    def write_ports(self, run: str, row: LedgerRow, ports: Sequence[int]) -> None:
        """Append a row for each port, else alike, in one commit."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """What a gate stands on: the vantage, how to look from there, and the run it writes for.

    consecutive_timeouts: so many ports that were open and now time out, in a row, stop the survey.
    """

    vantage: Vantage
    way: Way
    run: str
    consecutive_timeouts: int = 5

    @property
    def jump(self) -> Jump | None:
        """The jump host through which everything goes, if there is one."""
        return self.way if isinstance(self.way, Jump) else None

    @property
    def namespace(self) -> Namespace:
        """Where our own sockets are made; of a jump host's, the one control connection."""
        return self.way.namespace if isinstance(self.way, Jump) else self.way


class Gate:
    """Admit, pace, record: the only way from one vantage to the wire."""

    def __init__(
        self, post: Post, *, scope: Scope, pace: Pace, pacer: Pacer, ledger: LedgerWriter, stop_file: Path,
        frames: link.Frames | None, now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        """Take everything; nothing is sent."""
        self.post, self.scope, self.pace, self.pacer = post, scope, pace, pacer
        self.frames = frames
        self._ledger, self._stop_file, self._now = ledger, stop_file, now
        self.ports, self.sweep_ports = SourcePorts(SOCKET_PORTS), SourcePorts(SWEEP_PORTS)
        self._sources: dict[IPAddress, str] = {}
        self._next_hops: dict[IPAddress, str] = {}
        self._links: dict[IPAddress, str] = {}  # by target: the interface that had a link when the way was looked up
        self._asked: dict[str, set[int]] = defaultdict(set)  # ports, by device
        self._by_mac: dict[str, IPAddress] = {}  # the address that showed it first
        self._joined: dict[str, str] = {}  # devices that are another one, as a MAC tells
        self._patience: dict[IPAddress, Patience] = {}
        self._stopped = ""
        self.lost = False
        self.walled = False  # a wall in the kernel drops what our sockets would send too often
        self.known_open: set[tuple[IPAddress, int]] = set()
        self.fell_silent: set[IPAddress] = set()  # and may be asked again by a later part of the run
        self.last_tried: set[IPAddress] = set()  # fell silent in an earlier part: what comes now is recorded as it is
        self.timeouts_in_a_row = 0
        self._shut: dict[IPAddress, list[Outcome]] = defaultdict(list)  # failed in a row: ports that were open
        self.listeners: dict[str, Listener] = {}  # by source address, while crafted SYNs are under way
        self.turns = asyncio.Semaphore(_SWEEPS_AT_ONCE)
        self.late_answers = 0  # ports that answered only when they were asked again: packets get lost

    def wire(self, job: Job, mask: Callable[[bytes], bytes] | None, *, budgeted: bool = True) -> JobWire:
        """Give one job its wire; budgeted False is for the watch, which has to look as long as the survey lasts."""
        recorder = Recorder(job.secrets, mask)
        if (jump := self.post.jump) is not None:
            return JumpWire(self, job, recorder, jump, budgeted=budgeted)
        return JobWire(self, job, recorder, budgeted=budgeted)

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """Be where the vantage looks from: log in to its jump host, if it has one, and out again.

        The control connection is no probe: its rows have a kind of their own and count for nobody. Raises: JumpFailed.
        """
        jump = self.post.jump
        if jump is None:
            yield
            return
        if jump.refused:
            raise JumpFailed(jump.refused)
        self._write_control(jump, CONTROL_BEGINS)
        try:
            ours = await jump.open(self._jump_lost)
        except JumpFailed as error:
            self._write_control(jump, f"failed: {error}")
            raise
        self._write_control(jump, "logged in", ours)
        try:
            yield
        finally:
            await jump.close()
            self._write_control(jump, "lost" if self.lost else "ended", ours)

    def _jump_lost(self) -> None:
        """End everything at once: what is in flight says nothing of its target any more."""
        self.lost = not self.stopped  # one that goes after a stop changes nothing
        self.stop(Sentence("cli.jump.lost"))

    def _write_control(self, jump: Jump, note: str, ours: tuple[str, int] = ("", 0)) -> None:
        """Write what becomes of the control connection."""
        host = jump.door.host
        self._ledger.write(
            self.post.run,
            LedgerRow(
                self._now(), Entry.CONTROL, self.post.vantage.name, "", "ssh", *ours, str(host.address), host.port, 0,
                0, 0, note,
            ),
        )  # fmt: skip

    def patience(self, address: IPAddress) -> Patience:
        """Give how long we go on waiting for a host."""
        return self._patience.setdefault(address, Patience("one host", self.pace.host_s))

    def now(self) -> datetime:
        """Read the gate's clock."""
        return self._now()

    @cached_property
    def crafts(self) -> bool:
        """Tell whether crafted packets can leave from this vantage."""
        return self.post.jump is None and link.can_craft(self)

    @property
    def stopped(self) -> str:
        """Why no send is allowed any more; "" while sends are allowed."""
        if not self._stopped and self._stop_file.exists():
            self.stop(Sentence("cli.stop.file", file=self._stop_file.name))
        return self._stopped

    def stop(self, reason: str) -> None:
        """Let nothing out from now on."""
        if not self._stopped:
            _LOG.warning("stop: %s", reason)
            self._stopped = reason
            self.pacer.stop()

    def check(self, target: AdmittedTarget, job: Job) -> None:
        """Ask once more, right before a send. Raises: Stopped (also when the consent's hours end), GateRefused."""
        self.check_all((target,), job)

    def check_all(self, targets: Sequence[AdmittedTarget], job: Job) -> None:
        """Ask once more for targets of one host, right before they are sent to together. Raises: as `check`."""
        for target in targets:
            if not isinstance(target, AdmittedTarget) or target.vantage != self.post.vantage.name:
                why = (Outcome.SKIPPED_BY_SCOPE, "not_admitted", "not admitted from this vantage")
                raise self.refusal(target, job, why)
        if self.stopped:
            raise Stopped
        now = self._now()
        for target in targets:
            if now >= target.until:
                self.write(target, job, Entry.REFUSED, note="consent_time")
                self.consent_closed(target.address)
        for target in targets[:1]:
            if forbids := self._next_hop_forbids(target.address):
                raise self.refusal(target, job, (Outcome.SKIPPED_BY_TIER, "next_hop", forbids))

    def consent_closed(self, address: IPAddress) -> NoReturn:
        """Give up a target whose consent's hours ended, and the whole survey when no consent is open.

        Raises: ConsentClosed, Stopped.
        """
        if self.scope.open_until(self._now()) is not None:
            raise ConsentClosed(Sentence("cli.stop.postponed", address=address))
        self.stop(Sentence("cli.stop.hours"))
        raise Stopped

    def need(self, target: AdmittedTarget, job: Job, tier: Tier) -> None:
        """Hold a kind of send against the target's tier, whatever the scanner asked for. Raises: GateRefused."""
        if target.tier < tier:
            raise self.refusal(target, job, (Outcome.SKIPPED_BY_TIER, "tier", f"needs {tier}, has {target.tier}"))

    def need_direct(self, what: str) -> None:
        """Refuse what a jump host can't do for us. Raises: GateRefused."""
        if self.post.jump is not None:
            raise GateRefused(Outcome.NOT_TRIED, f"no {what} through a jump host: it opens TCP connections only")

    def ask_port(self, target: AdmittedTarget, job: Job) -> None:
        """Take note of a connect; on T1 each port once per run and vantage, at most 20. Raises: GateRefused.

        Both hold for a device: another address of it reaches the same listener.
        """
        asked = self._asked[self._device_of(target.address)]
        if target.tier <= Tier.T1:
            if target.port in asked:
                raise self.refusal(
                    target, job, (Outcome.NOT_TRIED, "t1_once", "T1: this port of the device was asked already")
                )
            if len(asked) >= _MOST_T1_PORTS:
                raise self.refusal(target, job, (Outcome.NOT_TRIED, "t1_ports", f"T1: {_MOST_T1_PORTS} ports asked"))
        asked.add(target.port)

    def remember_asked(self, asked: Iterable[tuple[IPAddress, int]]) -> None:
        """Take over what an earlier part of the run asked from this vantage."""
        for address, port in asked:
            self._asked[self._device_of(address)].add(port)

    def know_macs(self, address: IPAddress, macs: Iterable[str]) -> None:
        """Take an address for one of the device that showed its MAC before; the register's word goes before it."""
        for mac in sorted(filter(names_one_device, macs)):
            first, other = self._by_mac.setdefault(mac, address), self._device_of(address)
            device = self._device_of(first)
            if device != other and not {first, address} <= self.scope.tiering.known_keys():
                self._asked[device] |= self._asked.pop(other, set())
                self._joined[other] = device

    def _device_of(self, address: IPAddress) -> str:
        """Name the device that an address belongs to, by the register or by a MAC that was seen."""
        device = self.scope.host_of(address)
        while device in self._joined:
            device = self._joined[device]
        return device

    def refusal(self, target: AdmittedTarget, job: Job, why: tuple[Outcome, str, str]) -> GateRefused:
        """Write a refused send (outcome, rule, detail) and give the refusal to raise."""
        outcome, rule, detail = why
        self.write(target, job, Entry.REFUSED, note=rule)
        return GateRefused(outcome, detail)

    def source(self, address: IPAddress) -> str:
        """Give our source address towards a target. Raises: GateRefused when there is no way to it from here.

        Through a jump host it is that host's name: from which of its addresses it asks is not known here.
        """
        if (jump := self.post.jump) is not None:
            if address == jump.door.host.address:
                raise GateRefused(Outcome.NOT_TRIED, Sentence("cli.refused.jump_host"))
            return str(jump.door.host.address)
        if address not in self._sources:
            try:
                self._sources[address] = source_for(self.post.namespace, address, self.post.vantage.sources)
            except OSError as error:
                if error.errno not in _NO_ROUTE:
                    raise
                why = f"no route from vantage {self.post.vantage.name} ({error.strerror})"
                raise GateRefused(Outcome.NOT_TRIED, why) from error
            route = route_to(self.post.namespace, address)
            if route is not None and has_link(self.post.namespace, route.interface):
                self._links[address] = route.interface
        if self._sources[address] == str(address) and not address.is_loopback:
            # asking oneself proves nothing, and on one's own machine the firewall in between is never met
            raise GateRefused(Outcome.NOT_TRIED, "our own address")
        return self._sources[address]

    def check_link(self, address: IPAddress) -> None:
        """Make sure that what was just asked left from an interface with a link; else its silence is our own cable's.

        Raises: PlaceGone.
        """
        name = self._links.get(address)
        if name and not self.stopped and not has_link(self.post.namespace, name):
            raise PlaceGone(Sentence("cli.place.unplugged", name=name))

    def _next_hop_forbids(self, address: IPAddress) -> str:
        """Say why the router on the way may not get our frames; "" when it may, or there is none.

        The target of a frame is its layer-2 receiver too. From an external vantage the first router is not the
        facility's; behind a jump host nobody tells us which it is.
        """
        if self.post.vantage.role == "external" or self.post.jump is not None:
            return ""
        if address not in self._next_hops:
            route = route_to(self.post.namespace, address)
            via = route.gateway if route is not None else None
            self._next_hops[address] = "" if via is None else self._router_forbids(via)
        return self._next_hops[address]

    def _router_forbids(self, via: IPAddress) -> str:
        """Hold a router against the scope: not excluded, and T2 or higher."""
        if self.scope.excludes(via):
            return f"the next hop {via} is in scope.exclude"
        tier = self.scope.tier_of(via).tier
        return "" if tier >= Tier.T2 else f"the next hop {via} has {tier}, needs {Tier.T2}"

    def write(  # noqa: PLR0913 - one row has that many columns
        self, target: AdmittedTarget, job: Job, kind: Entry, *, source: str = "", source_port: int = 0,
        packets: int = 0, size: int = 0, note: str = "", transport: str = "",
    ) -> None:  # fmt: skip
        """Write one ledger row. Raises: StoreError, and then nothing may be sent."""
        row = LedgerRow(
            self._now(), kind, self.post.vantage.name, job.id, transport or target.transport, source, source_port,
            str(target.address), target.port, int(target.tier), packets, size, note,
        )  # fmt: skip
        self._ledger.write(self.post.run, row)

    def write_syns(self, targets: Sequence[AdmittedTarget], job: Job, *, source: str, source_port: int) -> None:
        """Write a row for each SYN to one host, the reset that an answer may draw from our kernel reserved with it.

        Raises: StoreError, and then nothing may be sent.
        """
        first = targets[0]
        row = LedgerRow(
            self._now(), Entry.FRAME, self.post.vantage.name, job.id, "syn", source, source_port, str(first.address), 0,
            int(first.tier), SYN_PACKETS, 0,
        )  # fmt: skip
        self._ledger.write_ports(self.post.run, row, [t.port for t in targets])

    def note_connect(self, target: AdmittedTarget, outcome: Outcome) -> None:
        """Watch for a host that fell silent, or shuts us out: a port that was open and now is not, again and again."""
        endpoint = (target.address, target.port)
        if outcome is Outcome.OK:
            self.known_open.add(endpoint)
            self.timeouts_in_a_row = 0
            self._shut[target.address].clear()
            return
        if endpoint in self.known_open:
            self._count_shut(target.address, outcome)
        if outcome is Outcome.TIMEOUT and endpoint in self.known_open:
            self.timeouts_in_a_row += 1
            if self.timeouts_in_a_row >= self.post.consecutive_timeouts:
                self.stop(Sentence("cli.stop.silent", count=self.timeouts_in_a_row))

    def failed_in_a_row(self, address: IPAddress) -> int:
        """Give how many connects to open ports of a host failed since one came about."""
        return len(self._shut[address])

    def _count_shut(self, address: IPAddress, outcome: Outcome) -> None:
        """Give a host up that shut us out or fell silent; a time-out may be a lost packet, and needs more tries."""
        self._shut[address].append(outcome)
        most = self.post.consecutive_timeouts if outcome is Outcome.TIMEOUT else BANNED_AFTER
        if len(self._shut[address]) >= most:
            self.give_up_shut(address)

    def give_up_shut(self, address: IPAddress) -> None:
        """Ask a host nothing more whose open ports failed: it fell silent, or shuts us out."""
        failed = self._shut[address]
        why = f"ports that were open are {failed[-1].value}, {len(failed)} times in a row"
        if failed[-1] in {Outcome.TIMEOUT, Outcome.HOST_GONE}:
            self.give_up_silent(address, why)
        else:
            self.patience(address).end(BANNED + why)

    def give_up_silent(self, address: IPAddress, why: str) -> None:
        """Ask a host nothing more that was there and is not any more; a later part of the run may, once."""
        if address not in self.last_tried:
            self.fell_silent.add(address)
        self.patience(address).end(FELL_SILENT + why)


__all__ = ["Gate", "JobWire", "LedgerWriter", "Post", "Way"]
