"""The gate of one vantage, and the wire it gives each job."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from sekisho.errors import ProbeError
from sekisho.gate import link, process
from sekisho.gate.namespaces import Namespace
from sekisho.gate.pacing import GateRefused, Hold, Pacer, Request, Stopped
from sekisho.gate.recorder import Recorder
from sekisho.gate.sockets import SourcePorts, classify, family_of, segments_out, source_for, tcp_socket
from sekisho.gate.stream import Counts, TcpStream
from sekisho.gate.wire import ConnectFailed, Job, Stream
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Vantage
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from sekisho.model.transcript import EventKind, Transcript
from sekisho.scope import AdmittedTarget, Scope
from sekisho.store.ledger import Entry, LedgerRow

_LOG = logging.getLogger(__name__)
_SLOW_PACE_PPS: Final = 50  # below this a host's own ACKs matter: the receive window is kept small
_SMALL_WINDOW: Final = 5792  # four Ethernet segments, so at most four ACKs per read


class LedgerWriter(Protocol):
    """Where sends are written before they happen."""

    def write(self, run: str, *rows: LedgerRow) -> None:
        """Append rows in one commit."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """What a gate stands on: the vantage with its namespace and the run it writes for.

    consecutive_timeouts: so many ports that were open and now time out, in a row, stop the survey.
    """

    vantage: Vantage
    namespace: Namespace
    run: str
    consecutive_timeouts: int = 5


class Gate:
    """Admit, pace, record: the only way from one vantage to the wire."""

    def __init__(  # noqa: PLR0913 - the composition root wires it once
        self, post: Post, *, scope: Scope, pace: Pace, pacer: Pacer, ledger: LedgerWriter, stop_file: Path,
        frames: link.Frames | None, now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        """Take everything; nothing is sent."""
        self.post, self.scope, self.pace, self.pacer = post, scope, pace, pacer
        self.frames = frames
        self._ledger, self._stop_file, self._now = ledger, stop_file, now
        self.ports = SourcePorts()
        self._sources: dict[str, str] = {}
        self._stopped = ""
        self.known_open: set[tuple[IPAddress, int]] = set()
        self.timeouts_in_a_row = 0

    def wire(self, job: Job, mask: Callable[[bytes], bytes] | None) -> JobWire:
        """Give one job its wire."""
        return JobWire(self, job, Recorder(job.secrets, mask))

    @property
    def stopped(self) -> str:
        """Why no send is allowed any more; "" while sends are allowed."""
        if not self._stopped and self._stop_file.exists():
            self.stop(f"stop file {self._stop_file.name}")
        return self._stopped

    def stop(self, reason: str) -> None:
        """Let nothing out from now on."""
        if not self._stopped:
            _LOG.warning("stop: %s", reason)
            self._stopped = reason
            self.pacer.stop()

    def check(self, target: AdmittedTarget, job: Job) -> None:
        """Ask once more, right before a send. Raises: Stopped (also when the consent's hours end), GateRefused."""
        if self.stopped:
            raise Stopped
        if self._now() >= target.until:
            self.write(target, job, Entry.REFUSED, note="consent_time")
            self.stop("the consent's hours ended")
            raise Stopped
        if not isinstance(target, AdmittedTarget) or target.vantage != self.post.vantage.name:
            self.write(target, job, Entry.REFUSED, note="not_admitted")
            raise GateRefused(Outcome.SKIPPED_BY_SCOPE, "not admitted from this vantage")

    def source(self, address: IPAddress) -> str:
        """Give our source address towards a target."""
        segment = f"{address.version}/{self.scope.segment_of(address)}"
        if segment not in self._sources:
            self._sources[segment] = source_for(self.post.namespace, address, self.post.vantage.source)
        return self._sources[segment]

    def write(  # noqa: PLR0913 - one row has that many columns
        self, target: AdmittedTarget, job: Job, kind: Entry, *, source: str = "", source_port: int = 0,
        packets: int = 0, size: int = 0, note: str = "", transport: str = "",
    ) -> None:  # fmt: skip
        """Write one ledger row. Raises: StoreError, and then nothing may be sent."""
        self._ledger.write(
            self.post.run,
            LedgerRow(
                self._now(), kind, self.post.vantage.name, job.id, transport or target.transport, source, source_port,
                str(target.address), target.port, int(target.tier), packets, size, note,
            ),
        )  # fmt: skip

    def note_connect(self, target: AdmittedTarget, outcome: Outcome) -> None:
        """Watch for a host that fell silent: a port that was open and now times out, several times in a row."""
        endpoint = (target.address, target.port)
        if outcome is Outcome.OK:
            self.known_open.add(endpoint)
            self.timeouts_in_a_row = 0
        elif outcome is Outcome.TIMEOUT and endpoint in self.known_open:
            self.timeouts_in_a_row += 1
            if self.timeouts_in_a_row >= self.post.consecutive_timeouts:
                self.stop(f"{self.timeouts_in_a_row} open ports in a row fell silent")


class JobWire:
    """The wire of one job; see `sekisho.gate.wire.Wire` for the contract."""

    def __init__(self, gate: Gate, job: Job, recorder: Recorder) -> None:
        """Begin with nothing sent."""
        self._gate, self._job, self.recorder = gate, job, recorder
        self._connections = 0
        self._source_ports: dict[int, int] = {}
        self._started = False

    @property
    def read_timeout_s(self) -> float:
        """Default time to wait for a peer."""
        return self._gate.pace.read_timeout_s

    @property
    def ack_packets(self) -> int:
        """Packets to reserve for acknowledging one read."""
        return min(4, max(1, self._gate.pace.host_packets_per_s - 1))

    def transcript(self, scanner: str, version: int) -> Transcript:
        """Give what was recorded."""
        job = self._job
        return self.recorder.transcript(scanner, version, job.subject, job.vantage, job.options)

    def note(self, text: str) -> None:
        """Record a remark of the scanner."""
        self.recorder.note(text)

    async def hold(self, target: AdmittedTarget, packets: int, *, opens: bool = False, closing: bool = False) -> Hold:
        """Reserve packets; closing a connection is allowed even when the consent has just ended."""
        if not closing:
            self._gate.check(target, self._job)
        host, segment = str(target.address), self._gate.scope.segment_of(target.address)
        hold = await self._gate.pacer.reserve(Request(host, segment, target.tier, packets, opens))
        if not closing:
            try:
                self._gate.check(target, self._job)
            except BaseException:
                hold.settle(0)
                raise
        if not self._started:
            self._gate.write(target, self._job, Entry.START)
            self._started = True
        return hold

    async def connect(self, target: AdmittedTarget, *, timeout_s: float | None = None) -> Stream:
        """Open one TCP connection."""
        hold = await self.hold(target, 2, opens=True)
        number, self._connections = self._connections, self._connections + 1
        try:
            return await self._connect(target, number, hold, timeout_s or self._gate.pace.connect_timeout_s)
        except BaseException:
            hold.settle(1)
            self._gate.pacer.closed(str(target.address))
            raise

    async def _connect(self, target: AdmittedTarget, number: int, hold: Hold, timeout_s: float) -> TcpStream:
        """Write the intent, connect, record how it ended."""
        gate = self._gate
        source, port = gate.source(target.address), gate.ports.take()
        gate.write(target, self._job, Entry.CONNECT, source=source, source_port=port, packets=4)
        self._source_ports[number] = port
        window = _SMALL_WINDOW if gate.pace.host_packets_per_s <= _SLOW_PACE_PPS else None
        sock = tcp_socket(gate.post.namespace, target.address, source, port, window=window)
        self.recorder.add(EventKind.CONNECT, conn=number, port=target.port)
        outcome = Outcome.OK
        try:
            loop = asyncio.get_running_loop()
            await asyncio.wait_for(loop.sock_connect(sock, (str(target.address), target.port)), timeout_s)
        except TimeoutError:
            outcome = Outcome.TIMEOUT
        except OSError as error:
            outcome = classify(sock, error)
            if outcome is Outcome.TOOL_ERROR:
                sock.close()
                msg = f"connect to {target.address} port {target.port}: {error.strerror}"
                raise ProbeError(msg) from error
        gate.note_connect(target, outcome)
        if outcome is Outcome.OK:
            counts = Counts(packets=segments_out(sock))
            hold.settle(counts.packets)
            self.recorder.add(EventKind.CONNECTED, conn=number, port=target.port)
            return TcpStream(self, target, sock, number, counts)
        counts = Counts(packets=max(segments_out(sock), 1))
        sock.close()
        hold.settle(counts.packets)
        self.recorder.add(_EVENT_OF[outcome], conn=number, port=target.port)
        self._write_settled(target, number, counts)
        raise ConnectFailed(outcome)

    def intend_payload(self, target: AdmittedTarget, number: int, size: int) -> None:
        """Write that payload is about to leave."""
        port = self._source_ports.get(number, 0)
        packets = 1 + size // 1200
        self._gate.write(target, self._job, Entry.PAYLOAD, source_port=port, packets=packets, size=size)

    def settled(self, target: AdmittedTarget, number: int, counts: Counts) -> None:
        """Write what a finished connection cost and free its place."""
        self._write_settled(target, number, counts)
        self._gate.pacer.closed(str(target.address))

    def _write_settled(self, target: AdmittedTarget, number: int, counts: Counts) -> None:
        """Write the settle row."""
        pacer = self._gate.pacer
        note = f"peak={pacer.peak(str(target.address))};peak_all={pacer.peak_all}"
        port = self._source_ports.get(number, 0)
        self._gate.write(
            target, self._job, Entry.SETTLE, source_port=port, packets=counts.packets, size=counts.sent, note=note
        )

    async def ask(
        self, target: AdmittedTarget, payload: bytes, *, wait_s: float | None = None, answers: int = 1
    ) -> list[bytes]:
        """Send one datagram and collect the replies of that address and port."""
        hold = await self.hold(target, 1)
        gate, number = self._gate, self._connections
        self._connections += 1
        source, port = gate.source(target.address), gate.ports.take()
        self._source_ports[number] = port
        try:
            gate.write(target, self._job, Entry.DATAGRAM, source=source, source_port=port, packets=1, size=len(payload))
            with gate.post.namespace.socket(family_of(target.address), socket.SOCK_DGRAM) as sock:
                sock.bind((source, port))
                sock.connect((str(target.address), target.port))
                self.recorder.add(EventKind.DATAGRAM_SENT, conn=number, port=target.port, data=payload)
                return await self._replies(sock, target, number, (payload, wait_s or self.read_timeout_s, answers))
        finally:
            hold.settle(1)
            self._write_settled(target, number, Counts(packets=1, sent=len(payload)))

    async def _replies(
        self, sock: socket.socket, target: AdmittedTarget, number: int, ask: tuple[bytes, float, int]
    ) -> list[bytes]:
        """Send and wait for replies until there are enough, the time is over or the port is refused."""
        payload, wait_s, answers = ask
        loop, replies = asyncio.get_running_loop(), list[bytes]()
        try:
            async with asyncio.timeout(wait_s):
                await loop.sock_sendall(sock, payload)
                while len(replies) < answers:
                    data = await loop.sock_recv(sock, 65535)
                    self.recorder.add(EventKind.DATAGRAM_RECEIVED, conn=number, port=target.port, data=data)
                    replies.append(data)
        except TimeoutError:
            self.recorder.add(EventKind.TIMEOUT, conn=number, port=target.port)
        except ConnectionRefusedError:
            self.recorder.add(EventKind.REFUSED, conn=number, port=target.port)
        except OSError:
            self.recorder.add(EventKind.UNREACHABLE, conn=number, port=target.port)
        return replies

    async def echo(self, target: AdmittedTarget, *, wait_s: float | None = None) -> bool:
        """Send one echo request."""
        return await link.echo(self._gate, self, target, wait_s or self.read_timeout_s)

    async def resolve_link(self, target: AdmittedTarget) -> str | None:
        """Ask for the target's MAC on the own segment."""
        return await link.resolve(self._gate, self, target)

    async def syn(self, targets: Sequence[AdmittedTarget]) -> dict[int, str]:
        """Send one crafted SYN per target."""
        return await link.syn(self._gate, self, targets)

    async def run_tool(self, targets: Sequence[AdmittedTarget], program: str, arguments: Sequence[str]) -> bytes:
        """Start a scanner program for one host."""
        return await process.run(self._gate, self, targets, [program, *arguments])

    def settle_crafted(self, target: AdmittedTarget, counts: Counts) -> None:
        """Write what crafted frames or a program cost."""
        self._write_settled(target, -1, counts)

    @property
    def job(self) -> Job:
        """The job this wire belongs to."""
        return self._job


_EVENT_OF: Final = {
    Outcome.REFUSED: EventKind.REFUSED,
    Outcome.TIMEOUT: EventKind.TIMEOUT,
    Outcome.HOST_GONE: EventKind.UNREACHABLE,
    Outcome.FILTERED: EventKind.FILTERED,
}
