"""A wire for scanner tests: scripted peers or real ones on 127.0.0.1, recorded with the gate's own recorder.

    wire = FakeWire(job("tls", 443), Scripted(b"HTTP/1.1 400 Bad Request\\r\\n\\r\\n"))
    await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())

The n-th connect meets the n-th peer given; the last one serves all further connects. `Loopback()` connects for real to
the target's address and port. Datagrams, echo, ARP, SYN and tools answer from the `Replies` given.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from ipaddress import ip_address, ip_network
from typing import Any, Protocol

from sekisho.errors import ProbeError
from sekisho.gate.recorder import Recorder
from sekisho.gate.wire import ConnectFailed, Job
from sekisho.model import subjects
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Consent, Engagement, Facility, HoursWindow, Method, ScopeRules, TierRow, Vantage
from sekisho.model.pace import Pace
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from sekisho.scope import AdmittedTarget, Ask, Scope

VANTAGE = Vantage("management", "management")
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
_ALL = (ip_network("127.0.0.0/8"), ip_network("192.0.2.0/24"), ip_network("::1/128"), ip_network("2001:db8::/32"))
_WEEK = HoursWindow(frozenset(range(7)), time(), time(), whole_day=True)
_PACE = Pace("test", Tier.T3, Tier.T3, 1000, 1000, 1000, 100, 10, (None, None, None), (), (), 0.9, 1.0)
_DRAIN_BYTES = 65536
_FAILED = {
    Outcome.REFUSED: EventKind.REFUSED,
    Outcome.TIMEOUT: EventKind.TIMEOUT,
    Outcome.HOST_GONE: EventKind.UNREACHABLE,
    Outcome.FILTERED: EventKind.FILTERED,
}


def scope(tier: Tier = Tier.T3) -> Scope:
    """Build a scope that admits 127/8, 192.0.2.0/24, ::1 and 2001:db8::/32 at a tier, at any time of 2026-11-21."""
    consent = Consent(
        "test", "hospital", "consent.pdf", "0" * 64, date(2026, 11, 1), date(2026, 12, 1), (_WEEK,), _ALL, Tier.T3,
        frozenset(Method), "",
    )  # fmt: skip
    rules = ScopeRules(include=_ALL, tiers=(TierRow(_ALL, (), (), tier, "test"),))
    return Scope(Engagement(Facility("test", "hospital", "Asia/Tokyo"), (consent,), rules, (VANTAGE,)), _PACE)


def target(
    port: int,
    *,
    address: str = "127.0.0.1",
    transport: str = "tcp",
    tier: Tier = Tier.T3,
    method: Method = Method.ACTIVE,
) -> AdmittedTarget:
    """Admit one endpoint the only way there is."""
    ask = Ask(ip_address(address), VANTAGE, NOW, Tier.T1, port, transport, method)
    admitted = scope(tier).admit(ask)
    assert isinstance(admitted, AdmittedTarget), admitted
    return admitted


def job(
    scanner: str, port: int, *, options: Mapping[str, Any] | None = None, secrets: Mapping[str, bytes] | None = None,
    address: str = "127.0.0.1", transport: str = "tcp",
) -> Job:  # fmt: skip
    """Build a job on one service."""
    subject = subjects.service(ip_address(address), transport, port)
    chosen = (target(port, address=address, transport=transport),)
    return Job(f"test|{scanner}|{subject}", scanner, subject, VANTAGE.name, chosen, options or {}, secrets or {})


class Link(Protocol):
    """One open connection as a peer serves it."""

    async def send(self, data: bytes) -> None:
        """Take what the scanner sends. Raises: OSError when the peer is gone."""

    async def receive(self, limit: int) -> bytes:
        """Give bytes, b"" when closed. Raises: ConnectionError when reset, TimeoutError when silent for good."""

    async def finish(self) -> None:
        """Learn that nothing more will be sent."""

    async def close(self, *, abort: bool) -> None:
        """End the connection."""


class Peer(Protocol):
    """What stands behind one connect."""

    async def open(self, to: AdmittedTarget) -> Link:
        """Accept. Raises: ConnectFailed."""


@dataclass(slots=True)
class Unreachable:
    """A peer that no connect reaches: refused, timeout, host_gone or filtered."""

    outcome: Outcome

    async def open(self, to: AdmittedTarget) -> Link:
        """Fail with the typed outcome."""
        raise ConnectFailed(self.outcome)


def _end(then: str) -> bytes:
    """End a script: closed | reset | silent."""
    if then == "silent":
        raise TimeoutError
    if then == "reset":
        raise ConnectionResetError
    return b""


class Scripted:
    """Gives its chunks one per read whatever is sent, then is `closed`, `reset` or `silent`."""

    def __init__(self, *chunks: bytes, then: str = "closed") -> None:
        """Take the chunks in order."""
        self._script, self._then = chunks, then
        self._left: list[bytes] = []
        self.sent: list[bytes] = []

    async def open(self, to: AdmittedTarget) -> Link:
        """Start the script anew."""
        self._left = list(self._script)
        return self

    async def send(self, data: bytes) -> None:
        """Keep what came, for asserts."""
        self.sent.append(data)

    async def receive(self, limit: int) -> bytes:
        """Give the next chunk, cut to the limit."""
        if not self._left:
            return _end(self._then)
        chunk = self._left.pop(0)
        if len(chunk) > limit:
            self._left.insert(0, chunk[limit:])
        return chunk[:limit]

    async def finish(self) -> None:
        """Do nothing: a script doesn't listen."""

    async def close(self, *, abort: bool) -> None:
        """Forget the rest."""
        self._left = []


class Answering(Scripted):
    """Answers each send with what `answer(sent bytes)` gives: chunks to read, then `then` once they are used up."""

    def __init__(
        self, answer: Callable[[bytes], Sequence[bytes]], *, greeting: bytes = b"", then: str = "closed"
    ) -> None:
        """Take the function; greeting comes before anything is sent."""
        super().__init__(*([greeting] if greeting else []), then=then)
        self._answer = answer

    async def send(self, data: bytes) -> None:
        """Ask the function."""
        self.sent.append(data)
        self._left.extend(chunk for chunk in self._answer(data) if chunk)


@dataclass(slots=True)
class _RealLink:
    """A connected socket on loopback."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send all of it."""
        self.writer.write(data)
        await self.writer.drain()

    async def receive(self, limit: int) -> bytes:
        """Give what comes."""
        return await self.reader.read(limit)

    async def finish(self) -> None:
        """Send FIN."""
        try:
            self.writer.write_eof()
        except OSError:
            return

    async def close(self, *, abort: bool) -> None:
        """Close in order or by reset."""
        if abort:
            sock = self.writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            return


class Loopback:
    """A real server on 127.0.0.0/8 or ::1; nothing else is ever connected to."""

    async def open(self, to: AdmittedTarget) -> Link:
        """Connect to the target's own address and port."""
        if not to.address.is_loopback:
            msg = f"tests connect to loopback only, got {to.address}"
            raise ProbeError(msg)
        try:
            return _RealLink(*await asyncio.open_connection(str(to.address), to.port))
        except ConnectionRefusedError as error:
            raise ConnectFailed(Outcome.REFUSED) from error


@dataclass(slots=True)
class Replies:
    """What everything but TCP connections answers. frames: events that echo, resolve_link and syn record."""

    frames: Sequence[tuple[EventKind, int, bytes]] = ()
    datagrams: Callable[[bytes], Sequence[bytes]] = lambda _: ()
    refuses: bool = False
    echoes: bool = False
    mac: str | None = None
    on_link: bool = False
    syn: Mapping[int, str] = field(default_factory=dict)
    tool: bytes | None = None


class FakeStream:
    """Stream over a Link, recording like the gate's."""

    def __init__(self, link: Link, recorder: Recorder, number: int, *, port: int, timeout_s: float) -> None:
        """Take an open link."""
        self._link, self._recorder, self.number, self._port = link, recorder, number, port
        self._timeout_s = timeout_s
        self.ended = ""
        self._open = True

    async def send(self, data: bytes) -> None:
        """Send all of data."""
        self._record(EventKind.SENT, data)
        try:
            await self._link.send(data)
        except OSError as error:
            self._record(EventKind.PEER_RESET)
            raise ConnectFailed(Outcome.HOST_GONE) from error

    async def receive(self, limit: int = 16384, *, timeout_s: float | None = None) -> bytes:
        """Give what comes next."""
        if self.ended in {"closed", "reset"}:
            return b""
        wait = self._timeout_s if timeout_s is None else min(timeout_s, self._timeout_s)
        try:
            data = await asyncio.wait_for(self._link.receive(limit), wait)
        except TimeoutError:
            return self._ended(EventKind.TIMEOUT, "silent")
        except OSError:
            return self._ended(EventKind.PEER_RESET, "reset")
        if not data:
            return self._ended(EventKind.PEER_CLOSED, "closed")
        self.ended = ""
        self._record(EventKind.RECEIVED, data)
        return data

    def record_plain(self, *, sent: bytes = b"", received: bytes = b"") -> None:
        """Record application bytes."""
        if sent:
            self._record(EventKind.PLAIN_SENT, sent)
        if received:
            self._record(EventKind.PLAIN_RECEIVED, received)

    async def close(self, *, abort: bool = False) -> None:
        """Close once; unless it aborts, what the peer still sends is read and recorded first, as the gate does."""
        if not self._open:
            return
        self._open = False
        left = _DRAIN_BYTES if not abort and self.ended not in {"closed", "reset"} else 0
        if left:
            await self._link.finish()
        try:
            while left > 0 and (data := await asyncio.wait_for(self._link.receive(16384), self._timeout_s)):
                left -= len(data)
                self._record(EventKind.RECEIVED, data)
            if left > 0:
                self._record(EventKind.PEER_CLOSED)
        except TimeoutError:
            abort = True
        except OSError:
            self._record(EventKind.PEER_RESET)
        await self._link.close(abort=abort)
        self._record(EventKind.CLOSED)

    def _ended(self, kind: EventKind, word: str) -> bytes:
        self._record(kind)
        self.ended = word
        return b""

    def _record(self, kind: EventKind, data: bytes = b"") -> None:
        self._recorder.add(kind, conn=self.number, port=self._port, data=data)


class FakeWire:
    """The gate as one job sees it, without a network or with loopback only."""

    def __init__(
        self, given: Job, *peers: Peer, replies: Replies | None = None, mask: Callable[[bytes], bytes] | None = None,
        timeout_s: float = 1.0,
    ) -> None:  # fmt: skip
        """Take the job and who answers it; timeout_s stands for the pace profile's."""
        self.job, self._peers, self._replies, self._timeout_s = given, peers, replies or Replies(), timeout_s
        self.recorder = Recorder(given.secrets, mask)
        self.connects = 0
        self.datagrams = 0
        self.streams: list[FakeStream] = []
        self._conn = 0

    def _next(self) -> int:
        self._conn += 1
        return self._conn - 1

    async def connect(self, target: AdmittedTarget, *, timeout_s: float | None = None) -> FakeStream:
        """Meet the next peer."""
        number = self._next()
        self.recorder.add(EventKind.CONNECT, conn=number, port=target.port)
        peer = self._peers[min(self.connects, len(self._peers) - 1)]
        self.connects += 1
        try:
            link = await peer.open(target)
        except ConnectFailed as failed:
            self.recorder.add(_FAILED[failed.outcome], conn=number, port=target.port)
            raise
        self.recorder.add(EventKind.CONNECTED, conn=number, port=target.port)
        self.streams.append(FakeStream(link, self.recorder, number, port=target.port, timeout_s=self._timeout_s))
        return self.streams[-1]

    async def ask(
        self, target: AdmittedTarget, payload: bytes, *, wait_s: float | None = None, answers: int = 1,
        farewell: Callable[[bytes], bytes] | None = None, give_up: bool = False,
    ) -> list[bytes]:  # fmt: skip
        """Give the scripted datagrams, or refuse the port."""
        number = self._next()
        self.datagrams += 1
        self.recorder.add(EventKind.DATAGRAM_SENT, conn=number, port=target.port, data=payload)
        if self._replies.refuses:
            self.recorder.add(EventKind.REFUSED, conn=number, port=target.port)
            if give_up:
                raise ConnectFailed(Outcome.REFUSED)
            return []
        replies = list(self._replies.datagrams(payload))[:answers]
        for reply in replies:
            self.recorder.add(EventKind.DATAGRAM_RECEIVED, conn=number, port=target.port, data=reply)
        if len(replies) < answers:
            self.recorder.add(EventKind.TIMEOUT, conn=number, port=target.port)
        if farewell is not None and replies and (last := farewell(replies[0])):
            self.datagrams += 1
            self.recorder.add(EventKind.DATAGRAM_SENT, conn=number, port=target.port, data=last)
        return replies

    async def echo(self, target: AdmittedTarget, *, wait_s: float | None = None) -> bool:
        """Give the scripted answer."""
        self._record_frames()
        return self._replies.echoes

    async def resolve_link(self, target: AdmittedTarget) -> str | None:
        """Give the scripted MAC."""
        self._record_frames()
        return self._replies.mac

    def is_on_link(self, target: AdmittedTarget) -> bool:
        """Say what the script says."""
        return self._replies.on_link

    async def syn(self, targets: Sequence[AdmittedTarget], *, control: AdmittedTarget | None = None) -> dict[int, str]:
        """Give the scripted states; a port without one is silent."""
        self._record_frames()
        return {t.port: self._replies.syn.get(t.port, "silent") for t in targets}

    async def run_tool(self, targets: Sequence[AdmittedTarget], program: str, arguments: Sequence[str]) -> bytes:
        """Give the scripted output."""
        if self._replies.tool is None:
            msg = f"{program} is not installed"
            raise ProbeError(msg)
        self.note(" ".join(("command", program, *arguments)))
        self.recorder.add(EventKind.FILE, data=self._replies.tool)
        return self._replies.tool

    def _record_frames(self) -> None:
        for kind, port, data in self._replies.frames:
            self.recorder.add(kind, port=port, data=data)

    def note(self, text: str) -> None:
        """Record a remark."""
        self.recorder.note(text)

    def transcript(self, version: int = 1) -> Transcript:
        """Give what was recorded, masked like the gate's."""
        given = self.job
        return self.recorder.transcript(given.scanner, version, given.subject, given.vantage, given.options)
