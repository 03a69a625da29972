"""Pacing: how many packets may leave in any one second, per host, per segment and in all.

A token bucket lets a burst of one full bucket follow another; a hospital counts what arrives in a second. So each send
reserves its worst case before it happens, stays counted while it is under way, and stays counted for one more second
with what really left. Any one-second window then holds at most the limit (property: tests/property/test_pacing.py).
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sekisho.model.attempts import Outcome
from sekisho.model.pace import Pace
from sekisho.model.tiers import Tier

WINDOW_S: Final = 1.02  # a second, and a margin for the time between our clock and the wire
T1_SPACING_S: Final = 1.02  # T1: connections at least one second apart


class GateRefused(Exception):  # noqa: N818 - an answer of the gate, not an error
    """The gate did not let a send out; outcome says how it stands in the report."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        """Keep outcome and detail."""
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


class Stopped(Exception):  # noqa: N818 - an order, not an error
    """The survey was told to stop; nothing may be sent any more."""


class Window:
    """Packets that count against one limit: those under way (worst case) and those of the last second (actual)."""

    __slots__ = ("_recent", "_recent_sum", "active", "capacity", "peak")

    def __init__(self, capacity: int) -> None:
        """Take the limit in packets per second."""
        self.capacity = capacity
        self.active = 0
        self.peak = 0
        self._recent: deque[tuple[float, int]] = deque()
        self._recent_sum = 0

    def wait_for(self, packets: int, now: float) -> float | None:
        """Tell when `packets` more may fit: None now, else the moment to look again (infinity: when one settles)."""
        self._forget(now)
        free = self.capacity - self.active - self._recent_sum
        if packets <= free:
            return None
        return self._recent[0][0] if self._recent else float("inf")

    def take(self, packets: int) -> None:
        """Count packets as under way."""
        self.active += packets

    def settle(self, reserved: int, actual: int, now: float) -> None:
        """Replace a reservation by what left; it counts one second more."""
        self.active -= reserved
        if actual:
            self._recent.append((now + WINDOW_S, actual))
            self._recent_sum += actual
            self.peak = max(self.peak, self._recent_sum)

    def _forget(self, now: float) -> None:
        """Drop what left more than a second ago."""
        while self._recent and self._recent[0][0] <= now:
            self._recent_sum -= self._recent.popleft()[1]


@dataclass(frozen=True, slots=True)
class Request:
    """What a send needs. opens: it opens a connection (counts against connections and open-per-host)."""

    host: str
    segment: str
    tier: Tier
    packets: int
    opens: bool = False


@dataclass(slots=True)
class _Host:
    """Per-host state."""

    window: Window
    spent: int = 0
    reserved: int = 0
    open: int = 0
    next_t1: float = 0.0
    waiting: deque[tuple[Request, asyncio.Future[None]]] = field(default_factory=deque)


class Hold:
    """A granted reservation. Settle it exactly once with what really left."""

    __slots__ = ("_pacer", "_request", "_settled")

    def __init__(self, pacer: Pacer, request: Request) -> None:
        """Remember what was granted."""
        self._pacer, self._request, self._settled = pacer, request, False

    def settle(self, actual: int) -> None:
        """Give back the reservation; actual: packets that left, the kernel's included."""
        if not self._settled:
            self._settled = True
            self._pacer.settle(self._request, actual)


class Pacer:
    """Grants reservations: first come first served per host, hosts in turn."""

    def __init__(self, pace: Pace, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the profile; clock gives seconds, monotonic."""
        self._pace = pace
        self._clock = clock
        self._all = Window(pace.packets_per_s)
        self._connections = Window(pace.connections_per_s)
        self._segments: dict[str, Window] = defaultdict(lambda: Window(pace.segment_packets_per_s))
        self._hosts: dict[str, _Host] = {}
        self._turn: deque[str] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False

    def preload(self, host: str, spent: int) -> None:
        """Count what a resumed run already sent to a host against its budget."""
        self._host(host).spent += spent

    def spent(self, host: str) -> int:
        """Give the packets a host got so far in this run."""
        return self._host(host).spent

    def peak(self, host: str) -> int:
        """Give the highest number of packets a host got in one second so far."""
        return self._host(host).window.peak

    @property
    def peak_all(self) -> int:
        """Give the highest number of packets sent in one second so far."""
        return self._all.peak

    async def reserve(self, request: Request) -> Hold:
        """Wait until a send fits every limit. Raises: GateRefused (budget), Stopped."""
        if self._stopped:
            raise Stopped
        host = self._host(request.host)
        budget = self._pace.budget_of(request.tier)
        if budget is not None and host.spent + host.reserved + request.packets > budget:
            raise GateRefused(Outcome.NOT_TRIED, f"packet budget of {budget} for {request.tier} is used up")
        host.reserved += request.packets
        turn = asyncio.get_running_loop().create_future()
        host.waiting.append((request, turn))
        if len(host.waiting) == 1:
            self._turn.append(request.host)
        self._pump()
        try:
            await turn
        except BaseException:
            self._withdraw(host, request, turn)
            raise
        return Hold(self, request)

    def settle(self, request: Request, actual: int) -> None:
        """Count what left and let others go."""
        now = self._clock()
        host = self._host(request.host)
        host.reserved -= request.packets
        host.spent += actual
        for window in (host.window, self._segments[request.segment], self._all):
            window.settle(request.packets, actual, now)
        if request.opens:
            self._connections.settle(1, 1, now)
        self._pump()

    def closed(self, host: str) -> None:
        """Tell that a connection to the host is gone."""
        self._host(host).open -= 1
        self._pump()

    def stop(self) -> None:
        """Refuse everything from now on; whoever waits gets Stopped."""
        self._stopped = True
        for host in self._hosts.values():
            for _, turn in host.waiting:
                if not turn.done():
                    turn.set_exception(Stopped())
            host.waiting.clear()
        self._turn.clear()

    def _host(self, name: str) -> _Host:
        """Give a host's state."""
        if name not in self._hosts:
            self._hosts[name] = _Host(Window(self._pace.host_packets_per_s))
        return self._hosts[name]

    def _withdraw(self, host: _Host, request: Request, turn: asyncio.Future[None]) -> None:
        """Forget a waiter that gave up; a grant it did not take is given back."""
        if turn.done() and not turn.cancelled() and turn.exception() is None:
            self.settle(request, 0)
            if request.opens:
                self.closed(request.host)
            return
        host.reserved -= request.packets
        host.waiting = deque(w for w in host.waiting if w[1] is not turn)

    def _pump(self) -> None:
        """Grant what fits now, hosts in turn; set a timer for the next moment something may fit."""
        now, look_again = self._clock(), float("inf")
        for _ in range(len(self._turn)):
            name = self._turn.popleft()
            host = self._hosts[name]
            while host.waiting and host.waiting[0][1].done():
                host.waiting.popleft()
            if not host.waiting:
                continue
            request, turn = host.waiting[0]
            wait = self._blocked_until(host, request, now)
            if wait is None:
                host.waiting.popleft()
                self._grant(host, request, now)
                turn.set_result(None)
                if host.waiting:
                    self._turn.append(name)
                    look_again = now
            else:
                look_again = min(look_again, wait)
                self._turn.append(name)
        self._arm(look_again - now)

    def _blocked_until(self, host: _Host, request: Request, now: float) -> float | None:
        """Tell what blocks a request: None nothing, else when to look again."""
        if request.opens:
            limit = 1 if request.tier <= Tier.T1 else self._pace.open_per_host
            if host.open >= limit:
                return float("inf")
            if request.tier <= Tier.T1 and now < host.next_t1:
                return host.next_t1
            wait = self._connections.wait_for(1, now)
            if wait is not None:
                return wait
        for window in (host.window, self._segments[request.segment], self._all):
            packets = min(request.packets, window.capacity)
            wait = window.wait_for(packets, now)
            if wait is not None:
                return wait
        return None

    def _grant(self, host: _Host, request: Request, now: float) -> None:
        """Count a request as under way."""
        for window in (host.window, self._segments[request.segment], self._all):
            window.take(request.packets)
        if request.opens:
            host.open += 1
            self._connections.take(1)
            if request.tier <= Tier.T1:
                host.next_t1 = now + T1_SPACING_S

    def _arm(self, delay: float) -> None:
        """Look again after a delay; infinity needs no timer, a settle will look."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if delay != float("inf"):
            self._timer = asyncio.get_running_loop().call_later(max(delay, 0.0), self._pump)
