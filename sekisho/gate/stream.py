"""One TCP connection of a job: every byte recorded, every packet reserved before it can leave."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sekisho.gate.pacing import CLOSE_PACKETS, Hold
from sekisho.gate.patience import LEAST_PER_READ_S
from sekisho.gate.sockets import can_reset, has_closed, quick_ack, segments_out, unread
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.transcript import CUT_OFF, EventKind
from sekisho.scope import AdmittedTarget

if TYPE_CHECKING:
    from sekisho.gate.jobwire import JobWire

_SEGMENT: Final = 1200  # bytes per segment reserved; a path's MSS is rarely smaller
PEER_CLOSES_S: Final = 1.0
TALKER_S: Final = 0.1  # before the peer's first window probe, which would draw an ACK
_RESET: Final = frozenset({errno.ECONNRESET, errno.EPIPE})


def segments_of(size: int) -> int:
    """Give how many segments or fragments a payload may take; an empty one takes one."""
    return 1 + max(size - 1, 0) // _SEGMENT


@dataclass(slots=True)
class Counts:
    """What one connection cost so far."""

    packets: int = 0
    sent: int = 0
    received: int = 0


class PacedStream(ABC):
    """What every connection of a job does the same way, whoever sends its packets: reserve, record, settle.

    See `sekisho.gate.wire.Stream` for the contract.
    """

    def __init__(self, wire: JobWire, target: AdmittedTarget, number: int, counts: Counts) -> None:
        """Take over a connection; counts begins with what the connect cost."""
        self._wire, self._target = wire, target
        self.number = number
        self.ended = ""
        self._counts = counts
        self._patience = wire.patience()
        self._was_reset = False
        self._open = True
        self._closing: Hold | None = None

    @abstractmethod
    async def _put(self, data: bytes) -> None:
        """Send one piece. Raises: OSError when the peer is gone."""

    @abstractmethod
    async def _get(self, limit: int) -> bytes:
        """Wait for bytes; b"" when the peer closed. Raises: OSError when it reset."""

    @abstractmethod
    def _left(self) -> int:
        """Give how many packets left on this connection so far."""

    @abstractmethod
    async def _part(self, *, abort: bool) -> None:
        """Take leave of the peer, bounded in time."""

    @abstractmethod
    def _shut(self) -> int:
        """Close for good, at once, and give how many packets left in all."""

    @abstractmethod
    async def _believe_silence(self) -> None:
        """Make sure that a silence is the peer's own. Raises: Stopped when it may be somebody else's."""

    async def send(self, data: bytes) -> None:
        """Send all of data, in pieces that the pace can grant."""
        self._wire.may_send(self._target)
        for piece in _pieces(data, self._wire.send_segments * _SEGMENT):
            await self._send_piece(piece)

    async def _send_piece(self, data: bytes) -> None:
        """Send one piece."""
        self._go_on()
        hold = await self._wire.hold(self._target, segments_of(len(data)))
        try:
            self._wire.intend_payload(self._target, self.number, len(data))
            self._record(EventKind.SENT, data)
            self._counts.sent += len(data)
            with self._waiting(0.0):
                async with asyncio.timeout(min(self._wire.read_timeout_s, self._patience.left_s())):
                    await self._put(data)
        except TimeoutError as error:  # the peer stopped reading
            await self._believe_silence()
            self._record(EventKind.TIMEOUT)
            raise ConnectFailed(Outcome.TIMEOUT) from error
        except OSError as error:
            self._end("reset", EventKind.PEER_RESET)
            raise ConnectFailed(Outcome.HOST_GONE) from error
        finally:
            self._settle(hold)

    async def receive(self, limit: int = 16384, *, timeout_s: float | None = None) -> bytes:
        """Give what comes next; b"" when closed, reset or silent (see `ended`). Raises: CutOffError."""
        if self.ended in {"closed", "reset"}:
            return b""
        self._go_on()
        hold = await self._wire.hold(self._target, self._wire.ack_packets)
        try:
            return await self._read(limit, self._wire.read_timeout_s if timeout_s is None else timeout_s)
        finally:
            self._settle(hold)

    def _go_on(self) -> None:
        """Cut the conversation off when the peer used up its time. Raises: CutOffError."""
        if (cut := self._patience.cut_off()) is not None:
            self._end("silent", EventKind.TIMEOUT)
            self._wire.note(f"{CUT_OFF}{cut}")
            raise cut

    @contextmanager
    def _waiting(self, least_s: float) -> Iterator[None]:
        """Count the time of a wait, at least so much."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._patience.spend(max(time.monotonic() - began, least_s))

    async def _read(self, limit: int, timeout_s: float) -> bytes:
        """Read once and record what came, or why nothing did."""
        try:
            with self._waiting(LEAST_PER_READ_S):
                async with asyncio.timeout(min(timeout_s, self._patience.left_s())):
                    data = await self._get(limit)
        except TimeoutError:
            await self._believe_silence()
            self._go_on()
            return self._end("silent", EventKind.TIMEOUT)
        except OSError as error:
            gone = EventKind.PEER_RESET if error.errno in _RESET else EventKind.UNREACHABLE
            return self._end("reset", gone)
        return self._take(data)

    def _take(self, data: bytes) -> bytes:
        """Record what came; nothing means that the peer closed."""
        if not data and self._was_reset:
            return self._end("reset", EventKind.PEER_RESET)
        if not data:
            return self._end("closed", EventKind.PEER_CLOSED)
        self.ended = ""
        self._counts.received += len(data)
        self._record(EventKind.RECEIVED, data)
        return data

    def _end(self, ended: str, kind: EventKind) -> bytes:
        """Record why nothing came."""
        self.ended = ended
        self._record(kind)
        return b""

    def record_plain(self, *, sent: bytes = b"", received: bytes = b"") -> None:
        """Record application bytes of an encrypted connection."""
        if sent:
            self._record(EventKind.PLAIN_SENT, sent)
        if received:
            self._record(EventKind.PLAIN_RECEIVED, received)

    async def close(self, *, abort: bool = False) -> None:
        """Close in order; a peer that keeps its side open for a second, or goes on talking, gets a reset.

        A reset is one packet and ends it.
        """
        if not self._open:
            return
        self._open = False
        try:
            self._closing = await self._wire.hold(self._target, CLOSE_PACKETS, closing=True)
            with self._waiting(0.0):
                await self._part(abort=abort)
        finally:
            # also when stopped or cancelled: what is open must not stay open, whether the pace grants it or not
            self._finish()

    def _finish(self) -> None:
        """End the connection and account for what that sends."""
        counted = self._shut()
        if self._closing is not None:
            self._closing.settle(max(counted - self._counts.packets, 0))
        self._counts.packets = max(counted, self._counts.packets)
        self._record(EventKind.CLOSED)
        self._wire.settled(self._target, self.number, self._counts)

    def _settle(self, hold: Hold) -> None:
        """Replace a reservation by what left since the last look."""
        counted = self._left()
        hold.settle(max(counted - self._counts.packets, 0))
        self._counts.packets = max(counted, self._counts.packets)

    def _record(self, kind: EventKind, data: bytes = b"") -> None:
        """Record an event of this connection."""
        self._wire.recorder.add(kind, conn=self.number, port=self._target.port, data=data)


class TcpStream(PacedStream):
    """A connection of our own kernel, which says what it sent. Made by the gate alone."""

    def __init__(self, wire: JobWire, target: AdmittedTarget, sock: socket.socket, number: int, counts: Counts) -> None:
        """Take over a connected socket."""
        super().__init__(wire, target, number, counts)
        self._sock = sock
        self._was_reset = has_closed(sock)  # so soon: the peer accepted and reset at once
        self._goodbye = False
        self._resets = False
        self._aborted = False

    async def _put(self, data: bytes) -> None:
        """Send one piece."""
        await asyncio.get_running_loop().sock_sendall(self._sock, data)

    async def _get(self, limit: int) -> bytes:
        """Read once."""
        quick_ack(self._sock)
        return await asyncio.get_running_loop().sock_recv(self._sock, limit)

    def _left(self) -> int:
        """Ask the kernel."""
        return segments_out(self._sock)

    async def _believe_silence(self) -> None:
        """Believe it: nobody stands between our kernel and the connection."""

    async def _part(self, *, abort: bool) -> None:
        """Close our side and wait for the peer's close, unless it is to be a reset."""
        self._resets = self._aborted = abort
        if not abort and self.ended != "reset":
            self._say_goodbye()
            self._resets = not await self._peer_closes()

    def _say_goodbye(self) -> None:
        """Close our side (FIN)."""
        self._goodbye = True
        with contextlib.suppress(OSError):  # reset already: what it said before that is still to be read
            self._sock.shutdown(socket.SHUT_WR)

    async def _peer_closes(self) -> bool:
        """Wait up to a second for the peer's close (much less if it goes on talking), without reading.

        Reading would open the window and draw an ACK for whatever the peer still has to say.
        """
        loop = asyncio.get_running_loop()
        began, pause = loop.time(), 0.001
        while self.ended != "reset" and not has_closed(self._sock):
            patience = TALKER_S if unread(self._sock) else PEER_CLOSES_S
            if loop.time() - began >= patience:
                return False
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.05)
        return True

    def _record_rest(self) -> None:
        """Record what the peer said last, and its close.

        A connection that is over sends nothing when it is read; before a reset we only peek, to leave the window shut.
        """
        while self.ended not in {"closed", "reset"}:
            try:
                data = self._sock.recv(4096, socket.MSG_PEEK if self._resets else 0)
            except BlockingIOError:
                return
            except OSError:
                self._end("reset", EventKind.PEER_RESET)
                return
            self._take(data)
            if self._resets:
                return

    def _shut(self) -> int:
        """Close the socket; a reset where the peer would go on."""
        if not self._goodbye and not self._resets:
            self._say_goodbye()
        if not self._aborted:  # who aborts has heard enough
            self._record_rest()
        resets = (self._resets or unread(self._sock) > 0) and can_reset(self._sock)
        if resets:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        counted = segments_out(self._sock) + resets
        self._sock.close()
        return counted


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    """Cut payload into pieces; empty payload is one piece."""
    for begin in range(0, max(len(data), 1), size):
        yield data[begin : begin + size]
