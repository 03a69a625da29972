"""Crafted SYNs: many ports of one host at once. Needs CAP_NET_RAW; the segment itself is built by `link.Frames`.

A batch is admitted, reserved (each SYN with the reset our kernel sends to an answer), written to the ledger in one
commit and recorded before its first SYN leaves. Raw IP sockets, so that the kernel's confinement sees every segment.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sekisho.gate.listener import Listener
from sekisho.gate.pacing import SYN_PACKETS, Hold
from sekisho.gate.stream import Counts
from sekisho.model.attempts import Outcome
from sekisho.model.transcript import LOSSY, EventKind
from sekisho.scope import AdmittedTarget

if TYPE_CHECKING:
    from sekisho.gate.jobwire import JobWire
    from sekisho.gate.session import Gate

_BATCH: Final = 256  # SYNs per reservation and commit
_LOOK: Final = 64  # SYNs between two looks at what came, the control among them; answers fit into a buffer of any size
_MANY: Final = 256  # ports
_FEW: Final = 25  # silent ports that are asked again without further reason, or one in ten of all asked
_SHORTEST_S: Final = 0.25  # before the second try, where answers come fast
_PATIENCE: Final = 8  # round trips to wait before the second try
_SLOW_STEP_S: Final = 0.1
_SLOW_STEPS: Final = 100  # the second pass: a hundredth of a host's packets of a second in a tenth of a second
_HEAD: Final = struct.Struct(">HHI")
_SILENT: Final = "silent"
_WORD: Final = {Outcome.FILTERED: "filtered", Outcome.HOST_GONE: "unreachable"}
_EVENT: Final = {Outcome.FILTERED: EventKind.FILTERED, Outcome.HOST_GONE: EventKind.UNREACHABLE}


async def ask(
    gate: Gate, wire: JobWire, targets: Sequence[AdmittedTarget], control: AdmittedTarget | None
) -> dict[int, str]:
    """Send one SYN per target of one host; what answers with SYN-ACK is reset by the kernel, which knows no socket."""
    source = gate.source(targets[0].address)
    if source not in gate.listeners:
        gate.listeners[source] = Listener(gate, source)
    listener = gate.listeners[source]
    asking = _Round(gate, wire, listener, targets, control)
    try:
        with listener.hearing(asking):
            await asking.run()
    finally:
        if listener.idle:
            gate.listeners.pop(source).close()
    return asking.found


class _Batch:
    """SYNs that leave together, and what stays reserved for our kernel's resets of their answers."""

    __slots__ = ("hold", "left", "opened", "resets", "spared")

    def __init__(self, hold: Hold) -> None:
        """Begin with nothing sent."""
        self.hold = hold
        self.left = self.resets = self.opened = self.spared = 0

    def account(self) -> None:
        """Tell the pace what the last answers mean: a reset leaves, or none will."""
        self.hold.sent(self.opened)
        self.hold.spare(self.spared)
        self.resets += self.opened
        self.opened = self.spared = 0

    def end(self) -> None:
        """Wait for answers no longer."""
        self.account()
        self.hold.settle(self.left + self.resets)


class _Round:
    """All SYNs to one host in one job: one source port, one sequence number."""

    def __init__(
        self, gate: Gate, wire: JobWire, listener: Listener, targets: Sequence[AdmittedTarget],
        control: AdmittedTarget | None,
    ) -> None:  # fmt: skip
        """Choose what all SYNs share but for the port."""
        self._gate, self._wire, self._listener, self._targets = gate, wire, listener, targets
        most = gate.pacer.most_at_once // SYN_PACKETS
        self._control = control if most > 1 else None
        self._size = min(_BATCH, most)
        self.host, self.source_port = str(targets[0].address), gate.sweep_ports.take()
        self._wait_s = gate.pace.connect_timeout_s
        self._template, self._sequence = listener.template(self.host), int.from_bytes(os.urandom(4), "big")
        self.found = {t.port: _SILENT for t in targets}
        self._silent = len(self.found)
        self._batches: list[_Batch] = []
        self._batch_of: dict[int, _Batch] = {}
        self._touched: set[_Batch] = set()
        self._heard: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._rtt_s = gate.pace.connect_timeout_s  # until something answers
        self._controls = 0  # asked in this pass and not answered yet
        self._again = False
        self._all_answered = asyncio.Event()

    async def run(self) -> None:
        """Ask every port, then the doubtful ones again."""
        try:
            async with self._turn():
                await self._pass(self._targets, self._size, 0.0)
            await self._wait(min(self._wait_s, max(_SHORTEST_S, _PATIENCE * self._rtt_s)))
            if not self._doubtful():
                await self._wait(self._wait_s)  # what is late is heard as well; only a second try need not wait for it
            if doubtful := self._doubtful():
                self._again, self._controls = True, 0
                slow = self._gate.pacer.most_at_once // SYN_PACKETS // _SLOW_STEPS
                await self._pass(doubtful, max(1, min(self._size, slow)), _SLOW_STEP_S)
                await self._wait(self._wait_s)
                if self._controls:
                    self._wire.note(LOSSY)
        finally:
            for batch in self._batches:
                batch.end()
            if packets := sum(b.left + b.resets for b in self._batches):
                self._wire.settle_crafted(self._targets[0], Counts(packets=packets), source_port=self.source_port)

    async def _pass(self, targets: Sequence[AdmittedTarget], size: int, pause_s: float) -> None:
        """Ask ports in batches."""
        asked = self._with_control(targets, min(size, _LOOK))
        for begin in range(0, len(asked), size):
            if begin and pause_s:
                await asyncio.sleep(pause_s)
            await self._send(asked[begin : begin + size])

    def _with_control(self, targets: Sequence[AdmittedTarget], every: int) -> Sequence[AdmittedTarget]:
        """Put the control behind each so many ports, itself included."""
        if self._control is None:
            return targets
        step = max(every - 1, 1)
        parts = [targets[begin : begin + step] for begin in range(0, len(targets), step)]
        self._controls += len(parts)
        return [target for part in parts for target in (*part, self._control)]

    async def _wait(self, seconds: float) -> None:
        """Wait for the last answers until so long after the last SYN."""
        left = self._last + seconds - self._loop.time()
        if left > 0 and (self._silent or self._controls):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_answered.wait(), left)

    def _turn(self) -> contextlib.AbstractAsyncContextManager[object]:
        """Let few hosts at once draw many answers: else all end in one moment, and reading them holds up the others.

        Not where a host's own pace keeps it waiting, nor where a control tells that the host drops most of it.
        """
        at_once = SYN_PACKETS * len(self._targets) <= self._gate.pacer.most_at_once
        much = len(self._targets) > _MANY and at_once and self._control is None
        return self._gate.turns if much else contextlib.nullcontext()

    async def _send(self, targets: Sequence[AdmittedTarget]) -> None:
        """Send one batch: reserved, admitted once more, written down and recorded as a whole, then sent."""
        wire, port = self._wire, self.source_port
        batch = _Batch(await wire.hold(targets[0], SYN_PACKETS * len(targets)))
        self._batches.append(batch)
        self._gate.check_all(targets, wire.job)
        self._gate.write_syns(targets, wire.job, source=self._listener.source, source_port=port)
        segments = [_filled_in(self._template, (port, t.port, self._sequence)) for t in targets]
        wire.recorder.add(EventKind.FRAME_SENT, data=b"".join(segments))
        self._batch_of.update((t.port, batch) for t in targets)
        try:
            for begin in range(0, len(segments), _LOOK):
                for segment in segments[begin : begin + _LOOK]:
                    batch.left += 1
                    if not self._listener.put(segment, self.host):
                        await self._listener.send(segment, self.host)
                self._last = self._loop.time()
                self._listener.drain()
        finally:
            self._last = self._loop.time()
            batch.hold.sent(batch.left)
            self._loop.call_later(self._wait_s, batch.end)

    def _doubtful(self) -> list[AdmittedTarget]:
        """Give the silent ports that have to be asked again.

        None of a host that said nothing. Else all, when few are silent, when nothing tells that packets arrive at our
        rate, or something tells that they do not: the control stayed silent, or elsewhere a port answered only later.
        """
        silent = [t for t in self._targets if self.found[t.port] == _SILENT]
        answered = self._control is not None or any(s in {"open", "closed"} for s in self.found.values())
        few = len(silent) <= max(_FEW, len(self._targets) // 10)
        doubt = few or self._control is None or self._controls > 0 or self._gate.late_answers > 0
        return silent if answered and doubt else []

    def answered(self, port: int, status: str, packet: bytes) -> bool:
        """Take a TCP answer; False when it is about no port of the round."""
        batch = self._batch_of.get(port)
        if batch is None:
            return False
        self._rtt_s = min(self._rtt_s, max(self._loop.time() - self._last, 0.0))
        batch.opened += status == "open"
        batch.spared += status != "open"
        self._touched.add(batch)
        # raw IPv6 sockets give no header that tells a length: what follows the TCP header is left out there
        self._heard.append(packet if ":" not in self.host else packet[: (packet[12] >> 4) * 4])
        if self._control is not None and port == self._control.port:
            self._controls = max(self._controls - 1, 0)
        if self.found.get(port) == _SILENT:
            self._silent -= 1
            self._gate.late_answers += self._again
        if port in self.found:
            self.found[port] = status
        return True

    def failed(self, port: int, means: Outcome, packet: bytes) -> bool:
        """Take an ICMP error; False when it is about no port of the round, or a TCP answer came already."""
        batch = self._batch_of.get(port)
        if batch is None or self.found.get(port) != _SILENT:
            return False
        batch.spared += 1
        self._touched.add(batch)
        self._silent -= 1
        self.found[port] = _WORD[means]
        self._wire.recorder.add(_EVENT[means], port=port, data=packet)
        return True

    def account(self) -> None:
        """Record and count what the last look brought."""
        if self._heard:
            self._wire.recorder.add(EventKind.FRAME_RECEIVED, data=b"".join(self._heard))
            self._heard.clear()
        for batch in self._touched:
            batch.account()
        self._touched.clear()
        if not self._silent and not self._controls:
            self._all_answered.set()


def _filled_in(template: bytes, numbers: tuple[int, int, int]) -> bytes:
    """Put source port, port and sequence number where a SYN has zeros, and update its checksum (RFC 1624)."""
    source_port, port, sequence = numbers
    total = ~int.from_bytes(template[16:18], "big") & 0xFFFF
    total += source_port + port + (sequence >> 16) + (sequence & 0xFFFF)
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    head = _HEAD.pack(source_port, port, sequence)
    return b"".join((head, template[8:16], (~total & 0xFFFF).to_bytes(2, "big"), template[18:]))
