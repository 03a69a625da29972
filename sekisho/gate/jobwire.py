"""The wire of one job: each send admitted once more, reserved, written to the ledger, done, settled."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import math
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from sekisho.errors import ProbeError
from sekisho.gate import link, process, sweep
from sekisho.gate.interfaces import neighbour_interface
from sekisho.gate.pacing import CONNECT_PACKETS, Hold, Request, Stopped
from sekisho.gate.patience import Patience
from sekisho.gate.sockets import (
    PortBusyError,
    bind_ours,
    classify,
    classify_datagram,
    datagram_socket,
    held_back,
    segments_out,
    tcp_socket,
    was_established,
)
from sekisho.gate.stream import Counts, PacedStream, TcpStream, segments_of
from sekisho.gate.wire import ConnectFailed, Job, Stream
from sekisho.model.attempts import Outcome
from sekisho.model.ledger import Entry
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from sekisho.scope import AdmittedTarget

if TYPE_CHECKING:
    from sekisho.gate.recorder import Recorder
    from sekisho.gate.session import Gate

_SLOW_PACE_PPS: Final = 50  # below this our kernel's ACKs of what peers say matter: the receive window is kept small
_SMALL_WINDOW: Final = 2896  # two Ethernet segments; on T1, where nothing is read, one
_MOST_ACKS: Final = 4
_MOST_TRIES: Final = 8
_EVENT_OF: Final = {
    Outcome.REFUSED: EventKind.REFUSED,
    Outcome.TIMEOUT: EventKind.TIMEOUT,
    Outcome.HOST_GONE: EventKind.UNREACHABLE,
    Outcome.FILTERED: EventKind.FILTERED,
}


class JobWire:
    """The wire of one job; see `sekisho.gate.wire.Wire` for the contract."""

    def __init__(self, gate: Gate, job: Job, recorder: Recorder, *, budgeted: bool = True) -> None:
        """Begin with nothing sent."""
        self._gate, self._job, self.recorder, self._budgeted = gate, job, recorder, budgeted
        self._connections = 0
        self._source_ports: dict[int, int] = {}
        self._started = False
        whole = gate.patience(job.targets[0].address) if budgeted else None  # the watch is apart
        self._patience = Patience("one job", gate.pace.job_s, whole)
        self._streams: dict[int, PacedStream] = {}
        self.connect_s = 0.0  # how long the last connect took on the wire, our own waiting for the pace left out

    @property
    def job(self) -> Job:
        """The job this wire belongs to."""
        return self._job

    @property
    def read_timeout_s(self) -> float:
        """Default time to wait for a peer."""
        return self._gate.pace.read_timeout_s

    def patience(self) -> Patience:
        """Give how long we go on waiting on one connection of this job."""
        return self._patience.part("one connection", self._gate.pace.connection_s)

    @property
    def ack_packets(self) -> int:
        """Packets to reserve for acknowledging one read."""
        return min(_MOST_ACKS, max(1, self._gate.pacer.most_at_once - 1))

    @property
    def send_segments(self) -> int:
        """Segments that may be reserved for one piece of payload."""
        return max(1, self._gate.pacer.most_at_once - 1)

    def transcript(self, scanner: str, version: int) -> Transcript:
        """Give what was recorded."""
        job = self._job
        return self.recorder.transcript(scanner, version, job.subject, job.vantage, job.options)

    def note(self, text: str) -> None:
        """Record a remark of the scanner."""
        self.recorder.note(text)

    async def end(self) -> None:
        """Close what the job left open, however it ended: a host must not stay occupied by a crashed scanner."""
        for stream in tuple(self._streams.values()):
            with contextlib.suppress(Stopped):
                await stream.close()

    def _host(self, target: AdmittedTarget) -> str:
        """Name the device whose limits a send counts against; the ledger names the address."""
        return self._gate.scope.host_of(target.address)

    async def hold(
        self,
        target: AdmittedTarget,
        packets: int,
        *,
        opens: bool = False,
        closing: bool = False,
        broadcast: bool = False,
    ) -> Hold:
        """Reserve packets; closing a connection is allowed even when the consent or the budget has just ended."""
        if not closing:
            self._gate.check(target, self._job)
        host, segment = self._host(target), self._gate.scope.segment_of(target.address)
        budgeted = self._budgeted and not closing
        apart = not self._budgeted
        request = Request(host, segment, target.tier, packets, opens, broadcast, budgeted=budgeted, apart=apart)
        hold = await self._gate.pacer.reserve(request)
        try:
            if not closing:
                self._gate.check(target, self._job)
            if not self._started:
                self._gate.write(target, self._job, Entry.START)
                self._started = True
        except BaseException:
            hold.settle(0)
            if opens:
                self._gate.pacer.closed(host)
            raise
        return hold

    async def connect(self, target: AdmittedTarget, *, timeout_s: float | None = None) -> Stream:
        """Open one TCP connection."""
        source, number, hold = await self._begin(target)
        for _ in range(_MOST_TRIES):
            try:
                sock = self._bound(target, number, source)
            except BaseException:
                self._release(target, hold, 0)
                raise
            try:
                outcome = await self._connected(sock, target, timeout_s or self._gate.pace.connect_timeout_s, hold)
            except PortBusyError:
                sock.close()
                self._write_settled(target, number, Counts())
                continue
            except BaseException:  # cancelled, or a fault of our own: what may have left counts
                counts = Counts(packets=max(segments_out(sock), 1))
                sock.close()
                self._release(target, hold, counts.packets)
                self._write_settled(target, number, counts)
                raise
            return self._concluded(target, (sock, number, hold), outcome)
        self._release(target, hold, 0)
        msg = f"connect to {target.address} port {target.port}: our source ports are still winding down"
        raise ProbeError(msg)

    async def _begin(self, target: AdmittedTarget) -> tuple[str, int, Hold]:
        """Get leave for one connect: our source, the number of the connection, and what is reserved for it."""
        source = self._gate.source(target.address)
        self._gate.check(target, self._job)
        if refusal := self._patience.refusal():
            raise refusal
        self._gate.ask_port(target, self._job)
        hold = await self.hold(target, CONNECT_PACKETS, opens=True)
        number, self._connections = self._connections, self._connections + 1
        return source, number, hold

    def _bound(self, target: AdmittedTarget, number: int, source: str) -> socket.socket:
        """Make the socket, then write the intent; nothing has left yet."""
        gate = self._gate
        slow = gate.pace.host_packets_per_s <= _SLOW_PACE_PPS
        small = _SMALL_WINDOW if target.tier >= Tier.T2 else _SMALL_WINDOW // 2
        window = small if slow else None
        sock = tcp_socket(gate.post.namespace, target.address, window=window)
        try:
            port = self._source_ports[number] = bind_ours(sock, source, gate.ports, (target.address, target.port))
            gate.write(target, self._job, Entry.CONNECT, source=source, source_port=port, packets=CONNECT_PACKETS)
        except BaseException:
            sock.close()
            raise
        self.recorder.add(EventKind.CONNECT, conn=number, port=target.port)
        return sock

    async def _connected(self, sock: socket.socket, target: AdmittedTarget, timeout_s: float, hold: Hold) -> Outcome:
        """Connect and say how it ended. Raises: ProbeError when the fault is our own."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        # runs once the kernel has sent the SYN: its second begins now, not when the answer or the timeout comes
        leaving = loop.call_soon(hold.sent, 1)
        try:
            async with asyncio.timeout(timeout_s):
                await loop.sock_connect(sock, (str(target.address), target.port))
        except TimeoutError:
            return Outcome.TIMEOUT
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise PortBusyError from error
            if was_established(error):
                return Outcome.OK  # open; the stream finds the reset
            outcome = classify(sock, error)
            if outcome is Outcome.TOOL_ERROR:
                msg = f"connect to {target.address} port {target.port}: {error.strerror}"
                raise ProbeError(msg) from error
            return outcome
        finally:
            leaving.cancel()  # a connect that was over at once is counted by whoever settles it
            self.connect_s = loop.time() - began
            self._patience.spend(self.connect_s)
        return Outcome.OK

    def _concluded(self, target: AdmittedTarget, made: tuple[socket.socket, int, Hold], outcome: Outcome) -> Stream:
        """Record how a connect ended. Raises: ConnectFailed."""
        sock, number, hold = made
        counts = Counts(packets=segments_out(sock))
        if outcome is Outcome.OK:
            return self._came_to_be(target, TcpStream(self, target, sock, number, counts), hold, counts)
        # the socket counts SYNs that the kernel repeated; the wall lets one of them out
        counts.packets = 1 if self._gate.walled else max(counts.packets, 1)
        sock.close()
        raise self._failed(target, (number, hold), outcome, counts)

    def _came_to_be(self, target: AdmittedTarget, stream: PacedStream, hold: Hold, counts: Counts) -> Stream:
        """Record a connection that stands."""
        self._gate.note_connect(target, Outcome.OK)
        hold.settle(counts.packets)
        self.recorder.add(EventKind.CONNECTED, conn=stream.number, port=target.port)
        self._streams[stream.number] = stream
        return stream

    def _failed(
        self, target: AdmittedTarget, begun: tuple[int, Hold], outcome: Outcome, counts: Counts
    ) -> ConnectFailed:
        """Record a connect that did not succeed; give the error to raise."""
        number, hold = begun
        self._gate.note_connect(target, outcome)
        self._release(target, hold, counts.packets)
        self.recorder.add(_EVENT_OF[outcome], conn=number, port=target.port)
        self._write_settled(target, number, counts)
        return ConnectFailed(outcome)

    def _release(self, target: AdmittedTarget, hold: Hold, actual: int) -> None:
        """Give back the place of a connection that did not come to be."""
        hold.settle(actual)
        self._gate.pacer.closed(self._host(target))

    def may_send(self, target: AdmittedTarget) -> None:
        """Refuse payload to a T1 device. Raises: GateRefused."""
        self._gate.need(target, self._job, Tier.T2)

    def intend_payload(self, target: AdmittedTarget, number: int, size: int) -> None:
        """Write that payload is about to leave."""
        port = self._source_ports.get(number, 0)
        self._gate.write(target, self._job, Entry.PAYLOAD, source_port=port, packets=segments_of(size), size=size)

    def settled(self, target: AdmittedTarget, number: int, counts: Counts) -> None:
        """Write what a finished connection cost and free its place."""
        self._streams.pop(number, None)
        self._gate.pacer.closed(self._host(target))
        self._write_settled(target, number, counts)

    def _write_settled(self, target: AdmittedTarget, number: int, counts: Counts) -> None:
        """Write the settle row."""
        pacer = self._gate.pacer
        note = f"peak={pacer.peak(self._host(target))};peak_all={pacer.peak_all}"
        port = self._source_ports.get(number, 0)
        self._gate.write(
            target, self._job, Entry.SETTLE, source_port=port, packets=counts.packets, size=counts.sent, note=note
        )

    async def ask(
        self, target: AdmittedTarget, payload: bytes, *, wait_s: float | None = None, answers: int = 1,
        farewell: Callable[[bytes], bytes] | None = None, give_up: bool = False,
    ) -> list[bytes]:  # fmt: skip
        """Send one datagram and collect the replies of that address and port; farewell, give_up: see `Wire.ask`."""
        gate, packets = self._gate, segments_of(len(payload))
        gate.need_direct("UDP")
        gate.need(target, self._job, Tier.T2)
        if refusal := self._patience.refusal():
            raise refusal
        source = gate.source(target.address)
        hold = await self.hold(target, packets + (farewell is not None))
        number, self._connections = self._connections, self._connections + 1
        counts = Counts()
        try:
            with datagram_socket(gate.post.namespace, target.address) as sock:
                self._source_ports[number] = bind_ours(sock, source, gate.ports, (target.address, target.port))
                sock.connect((str(target.address), target.port))  # only looks up the way; nothing leaves
                counts = self._intend_datagram(target, number, source, payload)
                ask = (payload, wait_s or self.read_timeout_s, answers)
                replies, end = await self._replies(sock, target, number, ask)
                if give_up and end not in {Outcome.OK, Outcome.TIMEOUT}:
                    raise ConnectFailed(end)
                if farewell is not None and replies and not gate.stopped and (last := farewell(replies[0])):
                    sent = self._intend_datagram(target, number, source, last)
                    counts = Counts(packets=counts.packets + sent.packets, sent=counts.sent + sent.sent)
                    with contextlib.suppress(OSError):  # whoever answered may be gone by now
                        await asyncio.get_running_loop().sock_sendall(sock, last)
                return replies
        finally:
            hold.settle(counts.packets)
            if counts.packets:
                self._write_settled(target, number, counts)

    def _intend_datagram(self, target: AdmittedTarget, number: int, source: str, payload: bytes) -> Counts:
        """Write and record that a datagram is about to leave; give what it costs."""
        counts = Counts(packets=segments_of(len(payload)), sent=len(payload))
        self._gate.write(
            target, self._job, Entry.DATAGRAM,
            source=source, source_port=self._source_ports[number], packets=counts.packets, size=counts.sent,
        )  # fmt: skip
        self.recorder.add(EventKind.DATAGRAM_SENT, conn=number, port=target.port, data=payload)
        return counts

    async def _replies(
        self, sock: socket.socket, target: AdmittedTarget, number: int, ask: tuple[bytes, float, int]
    ) -> tuple[list[bytes], Outcome]:
        """Send and wait for replies until there are enough, the time is over or an ICMP error says why none comes."""
        payload, wait_s, answers = ask
        loop, replies, end = asyncio.get_running_loop(), list[bytes](), Outcome.OK
        began = loop.time()
        try:
            async with asyncio.timeout(wait_s):
                await loop.sock_sendall(sock, payload)
                while len(replies) < answers:
                    data = await loop.sock_recv(sock, 65535)
                    self.recorder.add(EventKind.DATAGRAM_RECEIVED, conn=number, port=target.port, data=data)
                    replies.append(data)
        except TimeoutError:
            end = Outcome.TIMEOUT
        except OSError as error:
            if fault := held_back(error):
                raise fault from error
            end = classify_datagram(sock, target.address)
        finally:
            self._patience.spend(loop.time() - began)
        if end is not Outcome.OK:
            self.recorder.add(_EVENT_OF[end], conn=number, port=target.port)
        return replies, end

    async def echo(self, target: AdmittedTarget, *, wait_s: float | None = None) -> bool:
        """Send one echo request, wait as long as for a connect; needs T2: T1 is a full TCP connect and nothing else."""
        self._gate.need_direct("ICMP")
        self._gate.need(target, self._job, Tier.T2)
        return await link.echo(self._gate, self, target, wait_s or self._gate.pace.connect_timeout_s)

    async def resolve_link(self, target: AdmittedTarget) -> str | None:
        """Ask for the target's MAC on the own segment."""
        self._gate.need_direct("ARP or neighbour discovery")
        return await link.resolve(self._gate, self, target)

    def is_on_link(self, target: AdmittedTarget) -> bool:
        """Tell whether the target is a neighbour."""
        return neighbour_interface(self._gate.post.namespace, target.address) is not None

    async def syn(self, targets: Sequence[AdmittedTarget], *, control: AdmittedTarget | None = None) -> dict[int, str]:
        """Send one crafted SYN per target; needs T2, since T1 closes in order what it opens."""
        self._gate.need_direct("crafted SYN")
        for target in (*targets, *([control] if control else [])):
            self._gate.need(target, self._job, Tier.T2)
        return await sweep.ask(self._gate, self, targets, control) if targets else {}

    async def run_tool(self, targets: Sequence[AdmittedTarget], program: str, arguments: Sequence[str]) -> bytes:
        """Start a scanner program for one host; needs T3."""
        self._gate.need_direct(program)
        for target in targets:
            self._gate.need(target, self._job, Tier.T3)
        # the program has a limit of its own, per port, and its own idea of how long silence means something
        self._patience = Patience("one job", math.inf)
        return await process.run(self._gate, self, targets, [program, *arguments])

    def settle_crafted(self, target: AdmittedTarget, counts: Counts, *, source_port: int = 0) -> None:
        """Write what crafted frames or a program cost."""
        self._source_ports[-1] = source_port
        self._write_settled(target, -1, counts)
