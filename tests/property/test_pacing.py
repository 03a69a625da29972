"""Any sequence of reserving, sending and settling keeps every limit in every second, and everybody gets a turn."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.gate.pacing import BROADCASTS_PER_S, CLOSE_PACKETS, GateRefused, Hold, Pacer, Request, Stopped
from sekisho.model.attempts import Outcome
from sekisho.model.pace import Pace
from sekisho.model.tiers import Tier
from tests.property.paces import GENTLE, LAB, STANDARD, lab
from tests.property.virtual_time import Deadlock, run

EXAMPLES = settings(max_examples=80, deadline=None)
TIERS = st.sampled_from([Tier.T1, Tier.T2, Tier.T3])


@dataclass(frozen=True)
class Step:
    """One try of one sender: when it begins, what it sends, how long each part takes, when it is cancelled."""

    host: int
    tier: Tier
    start: float
    opens: bool
    broadcast: bool
    packets: int
    actual: int
    takes: float
    flows: int
    cancelled_after: float | None


TIMES = st.sampled_from([0.0, 0.001, 0.05, 0.3, 0.9, 1.0, 1.3, 2.5])
STEPS = st.builds(
    Step,
    host=st.integers(0, 4),
    tier=TIERS,
    start=TIMES,
    opens=st.booleans(),
    broadcast=st.booleans(),
    packets=st.integers(1, 4),
    actual=st.integers(0, 4),
    takes=TIMES,
    flows=st.integers(0, 3),
    cancelled_after=st.none() | TIMES,
)
PACES = st.builds(
    lambda every, segment, host, connections, opened: lab(
        name="any",
        packets_per_s=every,
        segment_packets_per_s=segment,
        host_packets_per_s=host,
        connections_per_s=connections,
        open_per_host=opened,
        budget=(100, 500, None),
    ),
    st.integers(4, 12),
    st.integers(4, 12),
    st.integers(4, 6),
    st.integers(1, 4),
    st.integers(1, 3),
) | st.sampled_from([GENTLE, STANDARD, LAB])


@dataclass
class Sent:
    """Everything that left, with its moment."""

    packets: list[tuple[float, str, str]] = field(default_factory=list)
    connects: list[tuple[float, str, Tier]] = field(default_factory=list)
    broadcasts: list[float] = field(default_factory=list)
    open_now: Counter[str] = field(default_factory=Counter)
    most_open: Counter[str] = field(default_factory=Counter)


def host_name(step: Step) -> str:
    return f"h{step.host}"


def segment_name(step: Step) -> str:
    return f"s{step.host % 2}"


class Sender:
    """One sender, doing what the gate does: reserve, send some packets early and some late, settle; close."""

    def __init__(self, pacer: Pacer, step: Step, sent: Sent) -> None:
        self.pacer, self.step, self.sent = pacer, step, sent
        self.host, self.segment = host_name(step), segment_name(step)

    def leave(self, count: int) -> None:
        at = asyncio.get_running_loop().time()
        self.sent.packets.extend([(at, self.host, self.segment)] * count)

    def request(self, packets: int, *, opens: bool = False, broadcast: bool = False) -> Request:
        return Request(self.host, self.segment, self.step.tier, packets, opens, broadcast)

    async def during(self, hold: Hold, most: int) -> None:
        """Send half early and half late."""
        actual = min(self.step.actual, most)
        left = actual // 2
        try:
            self.leave(left)
            await asyncio.sleep(self.step.takes)
            self.leave(actual - left)
            left = actual
        finally:
            hold.settle(left)

    async def run(self) -> None:
        await asyncio.sleep(self.step.start)
        with contextlib.suppress(GateRefused):
            await (self.converse() if self.step.opens else self.send_once())

    async def send_once(self) -> None:
        hold = await self.pacer.reserve(self.request(self.step.packets, broadcast=self.step.broadcast))
        if self.step.broadcast and self.step.actual:
            self.sent.broadcasts.append(asyncio.get_running_loop().time())
        await self.during(hold, self.step.packets)

    async def converse(self) -> None:
        hold = await self.pacer.reserve(self.request(2, opens=True))
        self.sent.connects.append((asyncio.get_running_loop().time(), self.host, self.step.tier))
        self.sent.open_now[self.host] += 1
        self.sent.most_open[self.host] = max(self.sent.most_open[self.host], self.sent.open_now[self.host])
        try:
            await self.connect(hold)
            for _ in range(self.step.flows):
                await self.during(await self.pacer.reserve(self.request(self.step.packets)), self.step.packets)
        finally:
            await self.close()

    async def connect(self, hold: Hold) -> None:
        self.leave(1)
        if self.step.actual:  # some tell at once that it left, some only at the end
            hold.sent(1)
        try:
            await asyncio.sleep(self.step.takes)
        finally:
            hold.settle(1)

    async def close(self) -> None:
        closing = Request(self.host, self.segment, self.step.tier, CLOSE_PACKETS, budgeted=False)
        try:
            hold = await self.pacer.reserve(closing)
            self.leave(2)
            hold.settle(2)
        finally:
            self.sent.open_now[self.host] -= 1
            self.pacer.closed(self.host)


async def play(pace: Pace, steps: Iterable[Step]) -> tuple[Sent, Pacer]:
    """Run all steps against one pacer; a step may be cancelled while it waits or sends."""
    loop, sent = asyncio.get_running_loop(), Sent()
    pacer = Pacer(pace, clock=loop.time)
    tasks = []
    for step in steps:
        task = asyncio.create_task(Sender(pacer, step, sent).run())
        if step.cancelled_after is not None:
            loop.call_later(step.start + step.cancelled_after, task.cancel)
        tasks.append(task)
    await asyncio.gather(*tasks, return_exceptions=True)
    return sent, pacer


def most_in_a_second(moments: Iterable[float]) -> int:
    """Give the largest number of moments in any window of one second, both ends counted."""
    times = sorted(moments)
    first, most = 0, 0
    for last, moment in enumerate(times):
        while times[first] < moment - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


@given(pace=PACES, steps=st.lists(STEPS, max_size=25))
@EXAMPLES
def test_no_second_holds_more_than_the_limit(pace: Pace, steps: list[Step]) -> None:
    sent, _ = run(play(pace, steps))
    assert most_in_a_second(at for at, _, _ in sent.packets) <= pace.packets_per_s
    for segment in {s for _, _, s in sent.packets}:
        assert most_in_a_second(at for at, _, s in sent.packets if s == segment) <= pace.segment_packets_per_s
    for host in {h for _, h, _ in sent.packets}:
        assert most_in_a_second(at for at, h, _ in sent.packets if h == host) <= pace.host_packets_per_s


@given(pace=PACES, steps=st.lists(STEPS, max_size=25))
@EXAMPLES
def test_connections_keep_their_limits(pace: Pace, steps: list[Step]) -> None:
    sent, _ = run(play(pace, steps))
    assert most_in_a_second(at for at, _, _ in sent.connects) <= pace.connections_per_s
    for host, most in sent.most_open.items():
        assert most <= pace.open_per_host, host


@given(pace=PACES, steps=st.lists(STEPS, max_size=25))
@EXAMPLES
def test_broadcasts_keep_five_a_second_in_every_profile(pace: Pace, steps: list[Step]) -> None:
    sent, _ = run(play(pace, steps))
    assert most_in_a_second(sent.broadcasts) <= BROADCASTS_PER_S


@pytest.mark.parametrize("pace", [GENTLE, STANDARD, LAB], ids=lambda p: p.name)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_t1_connects_one_at_a_time_a_second_apart_in_every_profile(pace: Pace, data: st.DataObject) -> None:
    steps = data.draw(st.lists(STEPS.map(lambda s: Step(**{**vars(s), "tier": Tier.T1, "opens": True})), max_size=12))
    sent, _ = run(play(pace, steps))
    for host in {h for _, h, _ in sent.connects}:
        assert sent.most_open[host] <= 1
        times = sorted(at for at, h, _ in sent.connects if h == host)
        assert all(later - earlier >= 1.0 for earlier, later in pairwise(times))


@given(steps=st.lists(STEPS, max_size=40), budget=st.integers(8, 40))
@EXAMPLES
def test_a_host_never_gets_more_than_its_budget(steps: list[Step], budget: int) -> None:
    pace = lab(budget=(budget, budget, budget))
    sent, pacer = run(play(pace, steps))
    for host, packets in Counter(h for _, h, _ in sent.packets).items():
        assert packets <= budget
        assert pacer.spent(host) == packets


@given(pace=PACES, steps=st.lists(STEPS, max_size=25))
@EXAMPLES
def test_nothing_stays_reserved_when_all_is_done_or_cancelled(pace: Pace, steps: list[Step]) -> None:
    _, pacer = run(play(pace, steps))
    assert {h.reserved for h in pacer._hosts.values()} <= {0}
    assert {h.open for h in pacer._hosts.values()} <= {0}
    windows = [pacer._all, pacer._connections, pacer._broadcasts, *pacer._segments.values()]
    windows += [h.window for h in pacer._hosts.values()]
    assert {w.active for w in windows} <= {0}


@given(pace=PACES, steps=st.lists(STEPS, max_size=25))
@EXAMPLES
def test_peak_is_never_less_than_what_settled_within_a_second(pace: Pace, steps: list[Step]) -> None:
    _, pacer = run(play(pace, steps))
    assert pacer.peak_all <= pace.packets_per_s


async def chatter(pacer: Pacer, host: str, until: float) -> None:
    """Send one packet after the other."""
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        hold = await pacer.reserve(Request(host, "s", Tier.T2, 1))
        hold.settle(1)


async def large_among_small(pace: Pace) -> float:
    loop = asyncio.get_running_loop()
    pacer, began = Pacer(pace, clock=loop.time), loop.time()
    crowd = [asyncio.create_task(chatter(pacer, f"h{n}", began + 60)) for n in range(30)]
    await asyncio.sleep(0.01)
    hold = await pacer.reserve(Request("patient", "s", Tier.T2, 4))
    waited = loop.time() - began
    hold.settle(4)
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    return waited


def test_a_large_request_does_not_starve_among_small_ones() -> None:
    assert run(large_among_small(lab(budget=(None, None, None), packets_per_s=10))) < 10


async def many_open_on_one_host(pace: Pace, count: int) -> int:
    loop = asyncio.get_running_loop()
    pacer, done = Pacer(pace, clock=loop.time), 0

    async def one() -> None:
        nonlocal done
        hold = await pacer.reserve(Request("h", "s", Tier.T3, 2, opens=True))
        hold.settle(2)
        reading = await pacer.reserve(Request("h", "s", Tier.T3, 4))
        await asyncio.sleep(0.01)
        reading.settle(1)
        closing = await pacer.reserve(Request("h", "s", Tier.T3, CLOSE_PACKETS, budgeted=False))
        closing.settle(2)
        pacer.closed("h")
        done += 1

    await asyncio.gather(*(one() for _ in range(count)))
    return done


@pytest.mark.parametrize("pace", [GENTLE, STANDARD, LAB], ids=lambda p: p.name)
def test_more_connections_than_places_do_not_lock_each_other_out(pace: Pace) -> None:
    """Connections that wait at the head of the queue once held up what would close the open ones."""
    unlimited = Pace(**{**{f: getattr(pace, f) for f in pace.__slots__}, "budget": (None, None, None)})
    assert run(many_open_on_one_host(unlimited, pace.open_per_host * 2 + 1)) == pace.open_per_host * 2 + 1


async def refused(pace: Pace, request: Request) -> GateRefused:
    with pytest.raises(GateRefused) as caught:
        await Pacer(pace, clock=asyncio.get_running_loop().time).reserve(request)
    return caught.value


@pytest.mark.parametrize("pace", [GENTLE, STANDARD], ids=lambda p: p.name)
def test_more_packets_than_a_second_may_hold_are_refused_at_once(pace: Pace) -> None:
    answer = run(refused(pace, Request("h", "s", Tier.T2, 120)))
    assert answer.outcome is Outcome.NOT_TRIED
    assert str(pace.host_packets_per_s) in answer.detail


def test_a_t0_host_gets_nothing() -> None:
    assert run(refused(LAB, Request("h", "s", Tier.T0, 1))).outcome is Outcome.NOT_TRIED


def test_a_connection_that_could_not_be_closed_within_the_budget_is_not_opened() -> None:
    pace = lab(budget=(None, 2 + CLOSE_PACKETS - 1, None))
    run(refused(pace, Request("h", "s", Tier.T2, 2, opens=True)))


async def stopped_while_waiting() -> tuple[int, float]:
    loop = asyncio.get_running_loop()
    pacer = Pacer(GENTLE, clock=loop.time)
    for _ in range(2):
        (await pacer.reserve(Request("h", "s", Tier.T2, 2))).settle(2)
    waiting = [asyncio.create_task(pacer.reserve(Request(f"h{n % 3}", "s", Tier.T2, 3))) for n in range(20)]
    await asyncio.sleep(0.01)
    began = loop.time()
    pacer.stop()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    with pytest.raises(Stopped):
        await pacer.reserve(Request("h", "s", Tier.T2, 1))
    return sum(isinstance(r, Stopped) for r in results), loop.time() - began


def test_stop_refuses_who_waits_and_who_comes_at_once() -> None:
    refused_now, took = run(stopped_while_waiting())
    assert refused_now >= 17  # at most what the window still held was granted before
    assert took == 0


async def granted_and_cancelled_in_one_turn() -> Pacer:
    pacer = Pacer(GENTLE, clock=asyncio.get_running_loop().time)
    task = asyncio.create_task(pacer.reserve(Request("h", "s", Tier.T2, 2, opens=True)))
    await asyncio.sleep(0)
    pacer._pump()  # grants: the future is done, the task has not run yet
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return pacer


def test_a_grant_that_is_cancelled_before_it_is_taken_is_given_back() -> None:
    pacer = run(granted_and_cancelled_in_one_turn())
    host = pacer._hosts["h"]
    assert (host.reserved, host.open, host.spent, host.window.active, pacer._all.active) == (0, 0, 0, 0, 0)


async def hold_settled_twice() -> Pacer:
    pacer = Pacer(GENTLE, clock=asyncio.get_running_loop().time)
    hold = await pacer.reserve(Request("h", "s", Tier.T2, 2))
    hold.settle(1)
    hold.settle(2)
    return pacer


async def settled_in_parts() -> tuple[Pacer, list[int]]:
    pacer, left = Pacer(GENTLE, clock=asyncio.get_running_loop().time), []
    hold = await pacer.reserve(Request("h", "s", Tier.T2, 4))
    for tell, count in ((hold.sent, 1), (hold.spare, 2), (hold.sent, 9), (hold.settle, 2)):
        tell(count)
        left.append(pacer._all.active)
    hold.sent(1)
    hold.spare(1)
    return pacer, left


def test_what_left_and_what_will_not_is_told_early_and_counts_once() -> None:
    pacer, left = run(settled_in_parts())
    assert left == [3, 1, 0, 0]
    assert (pacer.spent("h"), pacer._hosts["h"].reserved, pacer._all.active) == (2, 0, 0)


async def silent_connects(pace: Pace, seconds: float) -> list[float]:
    """Let many hosts wait whose ports never answer: each connect takes the whole timeout."""
    loop, times = asyncio.get_running_loop(), list[float]()
    pacer = Pacer(pace, clock=loop.time)

    async def ask(host: str) -> None:
        while True:
            hold = await pacer.reserve(Request(host, "s", Tier.T1, 4, opens=True))
            times.append(loop.time())
            hold.sent(1)
            await asyncio.sleep(pace.connect_timeout_s)
            hold.settle(1)
            pacer.closed(host)

    tasks = [asyncio.create_task(ask(f"h{n}")) for n in range(20)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return times


def test_silent_ports_do_not_leave_the_gentle_pace_unused() -> None:
    """A connection used to count from its end: each silent port took its place for nearly two seconds."""
    times = run(silent_connects(GENTLE, 30.0))
    assert most_in_a_second(times) <= GENTLE.connections_per_s
    assert len(times) >= 0.8 * 30 * GENTLE.connections_per_s


def test_a_hold_counts_once() -> None:
    pacer = run(hold_settled_twice())
    assert pacer.spent("h") == 1
    assert pacer._all.active == 0


async def preloaded() -> GateRefused:
    pacer = Pacer(GENTLE, clock=asyncio.get_running_loop().time)
    pacer.preload("h", 99)
    with pytest.raises(GateRefused) as caught:
        await pacer.reserve(Request("h", "s", Tier.T1, 2, opens=True))
    return caught.value


def test_what_an_earlier_part_of_the_run_sent_counts() -> None:
    assert "100" in run(preloaded()).detail


async def five_thousand(pace: Pace) -> int:
    loop = asyncio.get_running_loop()
    pacer = Pacer(pace, clock=loop.time)

    async def one(number: int) -> int:
        hold = await pacer.reserve(Request(f"h{number % 256}", "s", Tier.T3, 2))
        hold.settle(2)
        return 1

    return sum(await asyncio.gather(*(one(n) for n in range(5000))))


def test_five_thousand_waiters_are_served() -> None:
    assert run(five_thousand(LAB)) == 5000


def test_the_virtual_loop_tells_a_deadlock() -> None:
    async def forever() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock):
        run(forever())
