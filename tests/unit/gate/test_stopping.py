"""Who is told to stop sends nothing more: the stop file, fallen silent services, watch targets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from sekisho.gate.pacing import Stopped
from sekisho.gate.watch import Watch
from sekisho.messages import Sentence
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import StopRules, Vantage, WatchTarget
from sekisho.model.ledger import Entry
from sekisho.model.tiers import Tier
from tests.property.paces import GENTLE, lab
from tests.unit.gate.posts import FAST, Bench, bench
from tests.unit.gate.test_packets import closes_when_we_do

pytestmark = pytest.mark.timeout(30)
LOOPBACK = ip_address("127.0.0.1")


async def served() -> tuple[asyncio.Server, int]:
    server = await asyncio.start_server(closes_when_we_do, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


async def test_the_stop_file_refuses_the_next_send(tmp_path: Path) -> None:
    server, port = await served()
    post = bench(tmp_path)
    target = post.target(LOOPBACK, port)
    stream = await post.wire(target).connect(target)
    (tmp_path / "STOP").touch()
    with pytest.raises(Stopped):
        await stream.send(b"x")
    with pytest.raises(Stopped):
        await stream.close()
    with pytest.raises(Stopped):
        await post.wire(target, part="2").connect(target)
    server.close()
    assert "STOP" in post.gate.stopped
    state = post.gate.pacer._hosts["127.0.0.1"]
    assert (state.open, state.reserved, state.window.active) == (0, 0, 0)
    assert Entry.PAYLOAD not in post.rows.kinds()
    assert post.rows.kinds()[-1] is Entry.SETTLE


async def test_no_farewell_leaves_after_a_stop(tmp_path: Path) -> None:
    """An answer may take its time; what we say after it is a send like every other."""
    post, loop = bench(tmp_path), asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.setblocking(False)
        wire = post.wire(target := post.target(LOOPBACK, peer.getsockname()[1], transport="udp"))
        asking = asyncio.create_task(wire.ask(target, b"ping", farewell=lambda _: b"bye"))
        _, sender = await loop.sock_recvfrom(peer, 100)
        (tmp_path / "STOP").touch()
        peer.sendto(b"late", sender)
        assert await asking == [b"late"]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.sock_recvfrom(peer, 100), 0.2)
    assert post.rows.kinds() == [Entry.START, Entry.DATAGRAM, Entry.SETTLE]
    assert post.rows.settled() == [1]
    assert post.gate.stopped


async def test_who_waits_for_the_pace_is_refused_at_once(tmp_path: Path) -> None:
    server, port = await served()
    post = bench(tmp_path, pace=GENTLE)
    target = post.target(LOOPBACK, port, tier=Tier.T2)

    async def one(number: int) -> None:
        stream = await post.wire(target, part=str(number)).connect(target)
        await stream.close()

    tasks = [asyncio.create_task(one(n)) for n in range(10)]
    await asyncio.sleep(0.1)
    sent = post.rows.kinds().count(Entry.CONNECT)
    post.gate.stop("test")
    results = await asyncio.gather(*tasks, return_exceptions=True)
    server.close()
    assert post.rows.kinds().count(Entry.CONNECT) == sent
    assert sum(isinstance(r, Stopped) for r in results) >= 8


async def test_open_ports_that_fall_silent_stop_the_survey(tmp_path: Path) -> None:
    post = bench(tmp_path, consecutive_timeouts=3)
    target = post.target(LOOPBACK, 80)
    for outcome in (Outcome.OK, Outcome.TIMEOUT, Outcome.TIMEOUT, Outcome.OK, Outcome.TIMEOUT, Outcome.TIMEOUT):
        post.gate.note_connect(target, outcome)
    assert post.gate.stopped == ""
    post.gate.note_connect(target, Outcome.TIMEOUT)
    assert "3 open ports" in post.gate.stopped


async def test_ports_that_never_answered_stop_nothing(tmp_path: Path) -> None:
    post = bench(tmp_path, consecutive_timeouts=1)
    post.gate.note_connect(post.target(LOOPBACK, 81), Outcome.TIMEOUT)
    assert post.gate.stopped == ""


def watch(post: Bench, port: int) -> Watch:
    return Watch(post.gate, StopRules(watch=(WatchTarget(LOOPBACK, port),)), post.scope, every_s=0.02)


async def until_stopped(running: Awaitable[None]) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(Stopped):
            await running


async def test_a_watch_target_that_falls_silent_stops_the_survey(tmp_path: Path) -> None:
    server, port = await served()
    post = bench(tmp_path)
    guard = watch(post, port)
    await guard.baseline()
    running = asyncio.create_task(guard.run())
    await asyncio.sleep(0.1)
    assert post.gate.stopped == ""
    server.close()
    await until_stopped(running)
    assert "fell silent" in post.gate.stopped


async def test_a_watch_target_that_does_not_answer_from_here_is_told_and_not_watched(tmp_path: Path) -> None:
    server, port = await served()
    post = bench(tmp_path)
    dead, alive = WatchTarget(LOOPBACK, 9), WatchTarget(LOOPBACK, port)
    guard = Watch(post.gate, StopRules(watch=(dead, alive)), post.scope)
    assert await guard.baseline() == (dead,)
    await guard.look()
    server.close()
    assert post.gate.stopped == ""
    with pytest.raises(Stopped):
        await guard.look()


async def test_a_watch_target_without_a_way_from_here_is_told(tmp_path: Path) -> None:
    post = bench(tmp_path)
    behind = WatchTarget(ip_address("2001:db8::9"), 443)
    post.gate._sources[behind.address] = str(behind.address)  # as if it were ourselves
    assert await Watch(post.gate, StopRules(watch=(behind,)), post.scope).baseline() == (behind,)
    assert post.rows.rows == []
    assert post.gate.stopped == ""


async def test_an_external_vantage_does_not_watch_what_is_not_proved_to_be_the_facilitys(tmp_path: Path) -> None:
    post = bench(tmp_path, vantage=Vantage("outside", "external"))
    private = WatchTarget(ip_address("192.0.2.20"), 443)
    assert await Watch(post.gate, StopRules(watch=(private,)), post.scope).baseline() == (private,)
    assert post.rows.rows == []
    assert post.gate.stopped == ""


async def test_a_watch_target_that_slows_down_twice_stops_the_survey(tmp_path: Path) -> None:
    server, port = await served()
    post = bench(tmp_path)
    guard = watch(post, port)
    await guard.baseline()
    guard._usual = dict.fromkeys(guard._usual, -1.0)  # any answer is slower than that and its tolerance
    await until_stopped(guard.run())
    server.close()
    assert "usual" in post.gate.stopped


async def test_waiting_for_our_own_pace_is_not_the_targets_slowness(tmp_path: Path) -> None:
    """Once the time in our own queue counted: a busy survey stopped itself."""
    server, port = await served()
    post = bench(tmp_path, pace=GENTLE)
    target = post.target(LOOPBACK, port, tier=Tier.T2)
    stream = await post.wire(target).connect(target)  # the only place on this host is taken
    probing = asyncio.create_task(watch(post, port)._probe(WatchTarget(LOOPBACK, port)))
    await asyncio.sleep(0.5)
    assert not probing.done()
    await stream.close()
    took = await probing
    server.close()
    assert took is not None
    assert took < 0.4


async def test_the_watch_outlasts_the_hosts_budget_and_takes_nothing_of_it(tmp_path: Path) -> None:
    server, port = await served()
    post = bench(tmp_path, pace=lab(budget=(10, 10, 10)))
    for _ in range(3):
        assert await watch(post, port)._probe(WatchTarget(LOOPBACK, port)) is not None
    assert post.rows.settled() == [4, 4, 4]
    assert post.gate.pacer.spent(str(LOOPBACK)) == 0
    stream = await post.wire(target := post.target(LOOPBACK, port)).connect(target)
    await stream.close()
    server.close()


async def test_a_watch_target_outside_the_scope_is_no_health(tmp_path: Path) -> None:
    post = bench(tmp_path)
    with pytest.raises(Stopped):
        await watch(post, 80)._probe(WatchTarget(ip_address("203.0.113.1"), 80))
    assert post.gate.stopped == "watch target 203.0.113.1 TCP 80 can't be watched (not in scope.include)."


async def test_a_watch_target_behind_the_consents_hours_is_not_probed(tmp_path: Path) -> None:
    server, port = await served()
    post = bench(tmp_path)
    post.clock[0] += timedelta(days=400)
    with pytest.raises(Stopped):
        await watch(post, port)._probe(WatchTarget(LOOPBACK, port))
    server.close()
    assert post.rows.rows == []
    assert post.gate.stopped == Sentence("cli.stop.hours")


async def test_two_stops_keep_the_first_reason(tmp_path: Path) -> None:
    post = bench(tmp_path, pace=FAST)
    post.gate.stop("first")
    post.gate.stop("second")
    assert post.gate.stopped == "first"
