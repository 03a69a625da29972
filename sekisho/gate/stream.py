"""One TCP connection of a job: every byte recorded, every packet reserved before it can leave."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sekisho.gate.pacing import Hold
from sekisho.gate.sockets import quick_ack, segments_out
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.transcript import EventKind
from sekisho.scope import AdmittedTarget

if TYPE_CHECKING:
    from sekisho.gate.session import JobWire

_SEGMENT: Final = 1200  # bytes per segment reserved; a path's MSS is rarely smaller
_CLOSE_PACKETS: Final = 2  # FIN and the ACK of the peer's FIN (or a reset)
_DRAIN_BYTES: Final = 65536
_DRAIN_S: Final = 1.0


@dataclass(slots=True)
class Counts:
    """What one connection cost so far."""

    packets: int = 0
    sent: int = 0
    received: int = 0


class TcpStream:
    """A connection. Made by the gate alone; see `sekisho.gate.wire.Stream` for the contract."""

    def __init__(self, wire: JobWire, target: AdmittedTarget, sock: socket.socket, number: int, counts: Counts) -> None:
        """Take over a connected socket; counts begins with what the connect cost."""
        self._wire, self._target, self._sock = wire, target, sock
        self.number = number
        self.ended = ""
        self._counts = counts
        self._open = True

    async def send(self, data: bytes) -> None:
        """Send all of data."""
        hold = await self._wire.hold(self._target, 1 + len(data) // _SEGMENT)
        try:
            self._wire.intend_payload(self._target, self.number, len(data))
            self._record(EventKind.SENT, data)
            self._counts.sent += len(data)
            loop = asyncio.get_running_loop()
            await asyncio.wait_for(loop.sock_sendall(self._sock, data), self._wire.read_timeout_s)
        except OSError as error:
            self._record(EventKind.PEER_RESET)
            raise ConnectFailed(Outcome.HOST_GONE) from error
        finally:
            self._settle(hold)

    async def receive(self, limit: int = 16384, *, timeout_s: float | None = None) -> bytes:
        """Give what comes next; b"" when closed, reset or silent (see `ended`)."""
        if self.ended in {"closed", "reset"}:
            return b""
        hold = await self._wire.hold(self._target, self._wire.ack_packets)
        quick_ack(self._sock)
        loop = asyncio.get_running_loop()
        try:
            timeout = self._wire.read_timeout_s if timeout_s is None else timeout_s
            data = await asyncio.wait_for(loop.sock_recv(self._sock, limit), timeout)
        except TimeoutError:
            self._record(EventKind.TIMEOUT)
            self.ended = "silent"
            return b""
        except OSError:
            self._record(EventKind.PEER_RESET)
            self.ended = "reset"
            return b""
        finally:
            self._settle(hold)
        if not data:
            self._record(EventKind.PEER_CLOSED)
            self.ended = "closed"
            return b""
        self.ended = ""
        self._counts.received += len(data)
        self._record(EventKind.RECEIVED, data)
        return data

    def record_plain(self, *, sent: bytes = b"", received: bytes = b"") -> None:
        """Record application bytes of an encrypted connection."""
        if sent:
            self._record(EventKind.PLAIN_SENT, sent)
        if received:
            self._record(EventKind.PLAIN_RECEIVED, received)

    async def close(self, *, abort: bool = False) -> None:
        """Close in order; a peer that keeps its side open for a second gets a reset."""
        if not self._open:
            return
        self._open = False
        hold: Hold | None = None
        try:
            hold = await self._wire.hold(self._target, _CLOSE_PACKETS, closing=True)
            if self.ended != "reset" and not abort:
                self._sock.shutdown(socket.SHUT_WR)
                abort = not (self.ended == "closed" or await self._drained())
        except OSError:
            abort = False
        finally:
            counted = segments_out(self._sock)
            resets = abort and self.ended != "reset"
            if resets:
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                counted += 1
            self._sock.close()
            if hold is not None:
                hold.settle(max(counted - self._counts.packets, 0))
            self._counts.packets = max(counted, self._counts.packets)
            self._record(EventKind.CLOSED)
            self._wire.settled(self._target, self.number, self._counts)

    async def _drained(self) -> bool:
        """Read the peer's rest until it closes too; False when it does not within a second or sends too much."""
        loop, left = asyncio.get_running_loop(), _DRAIN_BYTES
        try:
            async with asyncio.timeout(_DRAIN_S):
                while left > 0:
                    quick_ack(self._sock)
                    data = await loop.sock_recv(self._sock, 16384)
                    if not data:
                        self._record(EventKind.PEER_CLOSED)
                        return True
                    left -= len(data)
                    self._counts.received += len(data)
                    self._record(EventKind.RECEIVED, data)
        except TimeoutError:
            return False
        except OSError:
            self._record(EventKind.PEER_RESET)
            self.ended = "reset"
            return True
        return False

    def _settle(self, hold: Hold) -> None:
        """Replace a reservation by what the kernel says it sent since the last look."""
        counted = segments_out(self._sock)
        hold.settle(max(counted - self._counts.packets, 0))
        self._counts.packets = max(counted, self._counts.packets)

    def _record(self, kind: EventKind, data: bytes = b"") -> None:
        """Record an event of this connection."""
        self._wire.recorder.add(kind, conn=self.number, port=self._target.port, data=data)
