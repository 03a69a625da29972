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

from sekisho.gate.window import Window
from sekisho.model.attempts import Outcome
from sekisho.model.pace import Pace
from sekisho.model.tiers import Tier

T1_SPACING_S: Final = 1.02  # T1: connections at least one second apart
CONNECT_PACKETS: Final = 4  # SYN, ACK, and the ACKs of two segments that a server may say at once
CLOSE_PACKETS: Final = 3  # FIN, the ACK of the peer's FIN, and one more for what the peer still says
SYN_PACKETS: Final = 2  # a crafted SYN, and the reset that our kernel sends to its answer
BROADCASTS_PER_S: Final = 5  # broadcast ARP in every profile (design: first contact)


class GateRefused(Exception):  # noqa: N818 - an answer of the gate, not an error
    """The gate did not let a send out; outcome says how it stands in the report."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        """Keep outcome and detail."""
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


class Stopped(Exception):  # noqa: N818 - an order, not an error
    """The survey was told to stop; nothing may be sent any more."""


class ConsentClosed(Stopped):
    """No consent that covers this target is open any more; others may be."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a send needs.

    opens: it opens a connection (counts against connections and open-per-host). broadcast: a frame to a whole segment.
    budgeted: counts against the host's budget before it is granted; closing what is open is never refused, its worst
    case was set aside when it was opened. apart: the watch's, which no budget counts.
    """

    host: str
    segment: str
    tier: Tier
    packets: int
    opens: bool = False
    broadcast: bool = False
    budgeted: bool = True
    apart: bool = False

    @property
    def set_aside(self) -> int:
        """Packets of the budget that the request needs, an opened connection's close included."""
        return self.packets + (CLOSE_PACKETS if self.opens else 0)


@dataclass(frozen=True, slots=True)
class _Waiter:
    """A request in its host's queue; order: of arrival."""

    order: int
    request: Request
    turn: asyncio.Future[None]


@dataclass(slots=True)
class _Host:
    """Per-host state. Connections that wait for their turn must not hold up what closes the open ones: two queues."""

    window: Window
    spent: int = 0
    reserved: int = 0
    open: int = 0
    next_t1: float = 0.0
    opening: deque[_Waiter] = field(default_factory=deque)
    flowing: deque[_Waiter] = field(default_factory=deque)

    def queue_of(self, request: Request) -> deque[_Waiter]:
        """Give the queue a request waits in."""
        return self.opening if request.opens else self.flowing

    def heads(self) -> list[_Waiter]:
        """Give the first of each queue that still waits, the older one first."""
        for queue in (self.opening, self.flowing):
            while queue and queue[0].turn.done():
                queue.popleft()
        return sorted((q[0] for q in (self.opening, self.flowing) if q), key=lambda w: w.order)


@dataclass(slots=True)
class _Look:
    """One look at all that wait: the moment, which shared limits are full, when to look again.

    Whoever meets a full limit keeps its place there: nobody behind it may take the next free packet, or large requests
    would starve among small ones.
    """

    now: float
    full: set[int] = field(default_factory=set)
    again: float = float("inf")

    def fits(self, window: Window, packets: int, *, shared: bool = True) -> bool:
        """Tell whether packets fit into a window; if not, remember it as full."""
        if id(window) in self.full:
            return False
        wait = window.wait_for(packets, self.now)
        if wait is None:
            return True
        self.again = min(self.again, wait)
        if shared:
            self.full.add(id(window))
        return False


class Hold:
    """A granted reservation. Settle it exactly once with what really left.

    What is known earlier may be told earlier (ADR 0017): a packet counts one second from when it left, and what can no
    longer leave need not wait for the rest.
    """

    __slots__ = ("_left", "_pacer", "_request", "_sent")

    def __init__(self, pacer: Pacer, request: Request) -> None:
        """Remember what was granted."""
        self._pacer, self._request = pacer, request
        self._left, self._sent = request.packets, 0

    def sent(self, packets: int) -> None:
        """Tell that so many of the reserved packets left just now; the rest stays reserved."""
        packets = min(packets, self._left)
        if packets > 0:
            self._pacer.count(self._request, packets, packets, first=not self._sent)
            self._left -= packets
            self._sent += packets

    def spare(self, packets: int) -> None:
        """Tell that so many of the reserved packets will not leave."""
        packets = min(packets, self._left)
        if packets > 0:
            self._pacer.count(self._request, packets, 0, first=False)
            self._left -= packets

    def settle(self, actual: int) -> None:
        """Give back what is left of the reservation; actual: all packets that left under it, the kernel's included."""
        if self._left >= 0:
            self._pacer.settle(self._request, self._left, self._sent, actual)
            self._left = -1


class Pacer:
    """Grants reservations: first come first served per host, hosts in turn."""

    def __init__(self, pace: Pace, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the profile; clock gives seconds, monotonic."""
        self._pace = pace
        self._clock = clock
        self._all = Window(pace.packets_per_s)
        self._connections = Window(pace.connections_per_s)
        self._broadcasts = Window(BROADCASTS_PER_S)
        self._segments: dict[str, Window] = defaultdict(lambda: Window(pace.segment_packets_per_s))
        self._hosts: dict[str, _Host] = {}
        self._turn: dict[str, None] = {}  # hosts with waiters, in turn
        self._arrivals = 0
        self._timer: asyncio.TimerHandle | None = None
        self._due = False
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

    @property
    def most_at_once(self) -> int:
        """Give the largest number of packets that one request may ask for."""
        return min(self._pace.host_packets_per_s, self._pace.segment_packets_per_s, self._pace.packets_per_s)

    async def reserve(self, request: Request) -> Hold:
        """Wait until a send fits every limit. Raises: GateRefused (budget, more than ever fits), Stopped."""
        if self._stopped:
            raise Stopped
        host = self._host(request.host)
        self._refuse_impossible(host, request)
        host.reserved += request.set_aside
        self._arrivals += 1
        waiter = _Waiter(self._arrivals, request, asyncio.get_running_loop().create_future())
        host.queue_of(request).append(waiter)
        self._turn.setdefault(request.host)
        self._soon()
        try:
            await waiter.turn
        except BaseException:
            self._withdraw(host, waiter)
            raise
        return Hold(self, request)

    def count(self, request: Request, reserved: int, actual: int, *, first: bool) -> None:
        """Replace a part of a reservation by what left of it, and let others go; first: with it begins what opens."""
        now = self._clock()
        host = self._host(request.host)
        host.reserved -= reserved
        if not request.apart:
            host.spent += actual
        for window in (host.window, self._segments[request.segment], self._all):
            window.settle(reserved, actual, now)
        if first and request.broadcast:
            self._broadcasts.settle(1, 1 if actual else 0, now)
        if first and request.opens:
            self._connections.settle(1, 1 if actual else 0, now)
        self._soon()

    def settle(self, request: Request, reserved: int, told: int, actual: int) -> None:
        """End a reservation of which `reserved` is left; `told` of the `actual` packets were counted before."""
        self.count(request, reserved, max(actual - told, 0), first=not told)
        if request.opens and actual:
            self._host(request.host).next_t1 = self._clock() + T1_SPACING_S

    def closed(self, host: str) -> None:
        """Tell that a connection to the host is gone."""
        state = self._host(host)
        state.open -= 1
        state.reserved -= CLOSE_PACKETS
        self._soon()

    def stop(self) -> None:
        """Refuse everything from now on; whoever waits gets Stopped."""
        self._stopped = True
        for host in self._hosts.values():
            for waiter in (*host.opening, *host.flowing):
                if not waiter.turn.done():
                    waiter.turn.set_exception(Stopped())
            host.opening.clear()
            host.flowing.clear()
        self._turn.clear()
        self._arm(float("inf"))

    def _host(self, name: str) -> _Host:
        """Give a host's state."""
        if name not in self._hosts:
            self._hosts[name] = _Host(Window(self._pace.host_packets_per_s))
        return self._hosts[name]

    def _refuse_impossible(self, host: _Host, request: Request) -> None:
        """Refuse what would wait for ever, or go beyond the host's budget. Raises: GateRefused."""
        needs = max(request.packets, CLOSE_PACKETS) if request.opens else request.packets  # what is opened gets closed
        if needs > self.most_at_once:
            why = f"needs {needs} packets at once, {self._pace.name} allows {self.most_at_once} a second"
            raise GateRefused(Outcome.NOT_TRIED, why)
        budget = self._pace.budget_of(request.tier)
        if request.budgeted and budget is not None and host.spent + host.reserved + request.set_aside > budget:
            raise GateRefused(Outcome.NOT_TRIED, f"packet budget of {budget} for {request.tier} is used up")

    def _withdraw(self, host: _Host, waiter: _Waiter) -> None:
        """Forget a waiter that gave up; a grant it did not take is given back."""
        request, turn = waiter.request, waiter.turn
        if turn.done() and not turn.cancelled() and turn.exception() is None:
            self.settle(request, request.packets, 0, 0)
            if request.opens:
                self.closed(request.host)
            return
        host.reserved -= request.set_aside
        if waiter in (queue := host.queue_of(request)):
            queue.remove(waiter)
        self._soon()  # who waited behind it in a full limit may go

    def _soon(self) -> None:
        """Look at all that wait, once per turn of the loop: a look for each event would cost n² for n hosts."""
        if not self._due and self._turn:
            self._due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        """Grant what fits now, hosts in turn; set a timer for the next moment something may fit."""
        self._due = False
        look = _Look(self._clock())
        served = True
        while served:
            served = False
            look.full.clear()
            look.again = float("inf")
            for name in list(self._turn):
                if id(self._all) in look.full:
                    break
                if self._serve(self._hosts[name], look):
                    served = True
                    del self._turn[name]
                    self._turn[name] = None  # to the end
                elif not self._hosts[name].heads():
                    del self._turn[name]
        self._arm(look.again - look.now)

    def _serve(self, host: _Host, look: _Look) -> bool:
        """Grant a host's oldest request that nothing blocks; False when there is none."""
        for waiter in host.heads():
            if waiter.request.opens and not self._may_open(host, waiter.request, look):
                continue  # what flows on open connections does not wait for a place to open one
            if not look.fits(host.window, waiter.request.packets, shared=False):
                return False
            if all(look.fits(w, n) for w, n in self._shared(waiter.request)):
                self._grant(host, waiter, look.now)
                return True
        return False

    def _may_open(self, host: _Host, request: Request, look: _Look) -> bool:
        """Tell whether the host may get one more connection now."""
        limit = 1 if request.tier <= Tier.T1 else self._pace.open_per_host
        if host.open >= limit:
            return False
        if request.tier <= Tier.T1 and look.now < host.next_t1:
            look.again = min(look.again, host.next_t1)
            return False
        return True

    def _shared(self, request: Request) -> list[tuple[Window, int]]:
        """Give the limits a request shares with other hosts, and what it takes of each."""
        limits = [(self._segments[request.segment], request.packets), (self._all, request.packets)]
        if request.opens:
            limits.insert(0, (self._connections, 1))
        if request.broadcast:
            limits.insert(0, (self._broadcasts, 1))
        return limits

    def _grant(self, host: _Host, waiter: _Waiter, now: float) -> None:
        """Count a request as under way."""
        request = waiter.request
        host.queue_of(request).popleft()
        host.window.take(request.packets)
        for window, count in self._shared(request):
            window.take(count)
        if request.opens:
            host.open += 1
            host.next_t1 = now + T1_SPACING_S  # also after a T2 connect: an open port may just have made it a T1 host
        waiter.turn.set_result(None)

    def _arm(self, delay: float) -> None:
        """Look again after a delay; infinity needs no timer, a settle will look."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if delay != float("inf"):
            self._timer = asyncio.get_running_loop().call_later(max(delay, 0.0), self._pump)
