"""The wire of one job through a jump host: TCP connections and nothing else.

Admitted, paced, reserved and written like direct ones. The packets are the jump host's kernel's, which nobody here
counts: what stands in the ledger is a worst case worked out from what was said and how long it took.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from sekisho.gate.jobwire import JobWire
from sekisho.gate.jump import Channel, ForbiddenError, Jump, NotOpened
from sekisho.gate.pacing import CLOSE_PACKETS, CONNECT_PACKETS, GateRefused
from sekisho.gate.stream import PEER_CLOSES_S, TALKER_S, Counts, PacedStream, segments_of
from sekisho.gate.wire import Job, Stream
from sekisho.model.attempts import Outcome
from sekisho.model.jump_host import SYNS_AFTER_S
from sekisho.model.ledger import VIA_SSH, Entry
from sekisho.model.transcript import EventKind
from sekisho.scope import AdmittedTarget

if TYPE_CHECKING:
    from sekisho.gate.recorder import Recorder
    from sekisho.gate.session import Gate

_EVER: Final = float("inf")  # who gives up can't tell the jump host: its kernel goes on to the end
_REST: Final = 4096  # bytes of one read after our close


def syns_within(seconds: float) -> int:
    """Give how many SYNs a kernel sends in so many seconds without an answer."""
    return sum(seconds >= after for after in SYNS_AFTER_S)


class JumpStream(PacedStream):
    """A connection that a jump host holds for us. Made by the gate alone.

    A peer's close and its reset look alike. abort: the jump host closes at once, which is a reset only where something
    was left unread.
    """

    def __init__(self, wire: JumpWire, target: AdmittedTarget, channel: Channel, number: int, counts: Counts) -> None:
        """Take over an open channel."""
        super().__init__(wire, target, number, counts)
        self._jump_wire = wire
        self._channel = channel
        self._packets = counts.packets

    async def _put(self, data: bytes) -> None:
        """Send one piece."""
        self._packets += segments_of(len(data))
        await self._channel.write(data)

    async def _get(self, limit: int) -> bytes:
        """Read once; each segment may have drawn an ACK."""
        data = await self._channel.read(limit)
        self._packets += segments_of(len(data))
        return data

    def _left(self) -> int:
        """Give the worst case so far."""
        return self._packets

    async def _believe_silence(self) -> None:
        """Ask the jump host whether it is still there."""
        await self._jump_wire.assure()

    async def _part(self, *, abort: bool) -> None:
        """Close our side and hear the peer out for a second, much less if it goes on talking."""
        if abort or self.ended in {"closed", "reset"}:
            return
        loop = asyncio.get_running_loop()
        latest = loop.time() + PEER_CLOSES_S
        try:
            self._channel.end()
            async with asyncio.timeout_at(latest) as patience:
                while self._take(await self._get(_REST)):
                    patience.reschedule(min(latest, loop.time() + TALKER_S))
        except TimeoutError:
            return
        except OSError:
            self.ended = "reset"

    def _shut(self) -> int:
        """Have the connection closed; with the packets that closing may take."""
        self._channel.drop()
        return self._packets + CLOSE_PACKETS


class JumpWire(JobWire):
    """Connects through the jump host; what is no TCP connection the gate refuses there (`Gate.need_direct`)."""

    def __init__(self, gate: Gate, job: Job, recorder: Recorder, jump: Jump, *, budgeted: bool = True) -> None:
        """Begin with nothing sent."""
        super().__init__(gate, job, recorder, budgeted=budgeted)
        self._jump = jump

    async def assure(self) -> None:
        """Make sure that the jump host is still there. Raises: Stopped."""
        await self._jump.assure()

    async def connect(self, target: AdmittedTarget, *, timeout_s: float | None = None) -> Stream:
        """Have one TCP connection opened by the jump host."""
        source, number, hold = await self._begin(target)
        loop = asyncio.get_running_loop()
        began = loop.time()
        written = False
        try:
            self._gate.write(target, self._job, Entry.CONNECT, source=source, packets=CONNECT_PACKETS, note=VIA_SSH)
            written = True
            self.recorder.add(EventKind.CONNECT, conn=number, port=target.port)
            outcome, channel = await self._opened(target, timeout_s or self._gate.pace.connect_timeout_s)
        except BaseException as error:
            nothing_left = not written or isinstance(error, ForbiddenError | GateRefused)
            counts = Counts(packets=0 if nothing_left else syns_within(_EVER))
            self._release(target, hold, counts.packets)
            if written:
                self._write_settled(target, number, counts)
            raise
        finally:
            self.connect_s = loop.time() - began
        if outcome is Outcome.TIMEOUT:
            counts = Counts(packets=syns_within(_EVER))
        else:  # and the ACK of the peer's answer, which may have been a reset right after it
            counts = Counts(packets=syns_within(self.connect_s) + 1)
        if channel is None:
            raise self._failed(target, (number, hold), outcome, counts)
        return self._came_to_be(target, JumpStream(self, target, channel, number, counts), hold, counts)

    async def _opened(self, target: AdmittedTarget, timeout_s: float) -> tuple[Outcome, Channel | None]:
        """Ask for one connection. Raises: ProbeError when the answer says nothing of the target; Stopped."""
        try:
            return Outcome.OK, await self._jump.connect(target.address, target.port, timeout_s)
        except NotOpened as answer:
            self.recorder.note(f"port {target.port}: the jump host says: {answer.said:.200}")
            return answer.outcome, None
        except TimeoutError:
            await self._jump.assure()
            return Outcome.TIMEOUT, None
