"""The relay between a scanner program in its enclosure and the host it asks about: every packet goes through the gate.

The program connects to our listening sockets; for each connection that it keeps, one is opened to the host, admitted,
paced, recorded and counted like every other of ours. What it may cost in all is set before; beyond that it is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Final

from sekisho.gate.pacing import CLOSE_PACKETS, CONNECT_PACKETS, Hold
from sekisho.gate.stream import segments_of
from sekisho.gate.wire import ConnectFailed, Stream
from sekisho.scope import AdmittedTarget

if TYPE_CHECKING:
    from sekisho.gate.jobwire import JobWire
    from sekisho.gate.session import Gate

CONNECTIONS_PER_PORT: Final = 12
PACKETS_PER_PORT: Final = 120
"""What one port may cost. Measured for nmap -sV at intensity 2: 2 to 8 connections, 9 to 38 packets a port
(docs/operations/nmap.md)."""
_LOOK_S: Final = 0.1  # nmap's port scan connects and resets at once: nothing of that needs to reach the host
_PIECE: Final = 1200  # one segment: what the program says must fit beside what is reserved for listening
_BETWEEN_READS: Final = 3
"""Packets set aside as long as a connection is open: what our kernel acknowledges after one read and before the next
is reserved, while the program's patience runs."""
_SILENCE_S: Final = 5.0


class Relay:
    """Takes the connections of one program to one host."""

    def __init__(self, gate: Gate, wire: JobWire, targets: Mapping[int, AdmittedTarget]) -> None:
        """Take the admitted ports of one host; nothing is sent."""
        self._gate, self._wire, self._targets = gate, wire, targets
        self._host = gate.scope.host_of(next(iter(targets.values())).address)
        self._begun_with = gate.pacer.spent(self._host)
        self._left = dict.fromkeys(targets, CONNECTIONS_PER_PORT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def broken(self) -> asyncio.Future[None]:
        """Ends with what the gate raised (Stopped, GateRefused, StoreError …); until then the relay works."""
        return self._broken

    def serve(self, listening: socket.socket) -> None:
        """Take connections on one listening socket from now on."""
        self._begin(self._accept(listening))

    async def end(self) -> None:
        """Close everything."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if not self._broken.cancel():
            self._broken.exception()  # told already, or overtaken by what ended the program

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a piece of work; what it raises breaks the relay."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        """Keep the first thing that went wrong."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not self._broken.done():
            self._broken.set_exception(error)

    async def _accept(self, listening: socket.socket) -> None:
        """Take one connection after the other."""
        port = listening.getsockname()[1]
        listening.setblocking(False)
        while True:
            client, _ = await asyncio.get_running_loop().sock_accept(listening)
            self._begin(self._relayed(client, self._targets[port]))

    async def _relayed(self, client: socket.socket, target: AdmittedTarget) -> None:
        """Relay one connection from its beginning to its end."""
        with contextlib.closing(client):
            client.setblocking(False)
            if not await _stays(client):
                return
            self._left[target.port] -= 1
            if self._left[target.port] < 0 or not self._affords(CONNECT_PACKETS):
                self._wire.note(f"refused to the program: port {target.port} has had its share")
                _reset(client)
                return
            try:
                stream = await self._wire.connect(target)
            except ConnectFailed:
                _reset(client)
                return
            await self._carried(client, stream, target)

    async def _carried(self, client: socket.socket, stream: Stream, target: AdmittedTarget) -> None:
        """Carry what both say, and close."""
        lease: Hold | None = None
        try:
            lease = await self._wire.hold(target, _BETWEEN_READS)
            await self._both_ways(client, stream)
        finally:
            try:
                await stream.close()
            finally:
                if lease is not None:
                    lease.settle(0)

    async def _both_ways(self, client: socket.socket, stream: Stream) -> None:
        """Carry bytes until one side is done."""
        ways = [asyncio.create_task(self._to_host(client, stream)), asyncio.create_task(self._to_us(client, stream))]
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        for way in done:
            if not isinstance(error := way.exception(), ConnectFailed | OSError | None):
                raise error

    async def _to_host(self, client: socket.socket, stream: Stream) -> None:
        """Carry what the program says."""
        while data := await asyncio.get_running_loop().sock_recv(client, _PIECE):
            if not self._affords(segments_of(len(data))):
                return
            await stream.send(data)

    async def _to_us(self, client: socket.socket, stream: Stream) -> None:
        """Carry what the host says; its silence is no end, the program has its own patience."""
        while self._affords(self._wire.ack_packets):
            data = await stream.receive(_PIECE, timeout_s=_SILENCE_S)
            if data:
                await asyncio.get_running_loop().sock_sendall(client, data)
            elif stream.ended != "silent":
                return

    def _affords(self, packets: int) -> bool:
        """Tell whether so many packets, and the close, still fit into what the program may cost."""
        spent = self._gate.pacer.spent(self._host) - self._begun_with
        return spent + packets + CLOSE_PACKETS <= PACKETS_PER_PORT * len(self._targets)


async def _stays(client: socket.socket) -> bool:
    """Tell whether the program keeps its connection: it says something, or waits for the host to speak."""
    with contextlib.suppress(TimeoutError):
        await readable(client, _LOOK_S)
    try:
        return client.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


async def readable(sock: socket.socket, patience_s: float) -> None:
    """Wait until a socket has something to read, its end included. Raises: TimeoutError."""
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()
    loop.add_reader(sock, _done, waiter)
    try:
        async with asyncio.timeout(patience_s):
            await waiter
    finally:
        loop.remove_reader(sock)


def _done(waiter: asyncio.Future[None]) -> None:
    """End a wait; the loop may tell of one event twice."""
    if not waiter.done():
        waiter.set_result(None)


def _reset(client: socket.socket) -> None:
    """Let the close of a connection be a reset: the program takes it for a host that does not answer."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
