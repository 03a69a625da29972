"""A host that trickles bytes is cut off: per connection, per job, per host."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from sekisho.gate.pacing import GateRefused
from sekisho.gate.patience import LEAST_PER_READ_S, CutOffError, Patience
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.pace import Pace
from sekisho.model.transcript import EventKind
from tests.unit.gate.posts import FAST, Bench, bench

pytestmark = pytest.mark.timeout(30)
LOOPBACK = ip_address("127.0.0.1")


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say one byte every 20 ms, until the other side is gone."""
    try:
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)
    except OSError:
        writer.close()


async def listen_on(post: Bench, port: int, *, part: str = "") -> tuple[GateRefused, list[str], list[EventKind], float]:
    """Read for ever; give what ended it, the notes, the last events, and how long it took."""
    wire, began = post.wire(target := post.target(LOOPBACK, port), part=part), time.monotonic()
    with pytest.raises(GateRefused) as caught:
        await forever(await wire.connect(target))
    took = time.monotonic() - began
    await wire.end()
    transcript = wire.transcript("test", 1)
    return caught.value, list(transcript.notes()), [e.kind for e in transcript.events], took


async def forever(stream: object) -> None:
    """Read as long as anything comes, as no scanner should."""
    while await stream.receive():  # type: ignore[attr-defined]
        pass


@pytest.mark.parametrize(
    ("pace", "what"),
    [
        (replace(FAST, connection_s=0.3), "0.3 s for one connection"),
        (replace(FAST, job_s=0.3), "0.3 s for one job"),
        (replace(FAST, host_s=0.3), "0.3 s for one host"),
    ],
    ids=["connection", "job", "host"],
)
async def test_a_trickle_is_cut_off(tmp_path: Path, pace: Pace, what: str) -> None:
    server = await asyncio.start_server(drips, "127.0.0.1", 0)
    cut, notes, events, took = await listen_on(bench(tmp_path, pace=pace), server.sockets[0].getsockname()[1])
    server.close()
    assert isinstance(cut, CutOffError)
    assert (cut.outcome, cut.detail) == (Outcome.TIMEOUT, f"time limit of {what} is used up")
    assert notes == [f"cut off: time limit of {what} is used up"]
    assert EventKind.TIMEOUT in events
    assert took < 1.5


async def test_a_job_and_a_host_out_of_time_get_no_further_connection(tmp_path: Path) -> None:
    server = await asyncio.start_server(drips, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    post = bench(tmp_path, pace=replace(FAST, connection_s=0.2, host_s=0.45))
    assert isinstance((await listen_on(post, port, part="one"))[0], CutOffError)
    assert isinstance((await listen_on(post, port, part="two"))[0], CutOffError)
    refused, _, events, _ = await listen_on(post, port, part="three")
    server.close()
    assert (refused.outcome, refused.detail) == (Outcome.NOT_TRIED, "time limit of 0.45 s for one host is used up")
    assert events == []


async def test_the_watch_goes_on_when_the_hosts_time_is_used_up(tmp_path: Path) -> None:
    server = await asyncio.start_server(drips, "127.0.0.1", 0)
    post = bench(tmp_path, pace=replace(FAST, host_s=0.2))
    target = post.target(LOOPBACK, server.sockets[0].getsockname()[1])
    await listen_on(post, target.port)
    wire = post.gate.wire(post.wire(target, part="watch").job, None, budgeted=False)
    stream = await wire.connect(target)
    await stream.close()
    server.close()
    assert EventKind.CONNECTED in [e.kind for e in wire.transcript("watch", 1).events]


def test_a_read_costs_something_even_if_the_bytes_were_there() -> None:
    whole = Patience("one host", 1.0)
    part = whole.part("one connection", 0.5)
    for _ in range(round(0.5 / LEAST_PER_READ_S)):
        assert part.cut_off() is None
        part.spend(LEAST_PER_READ_S)
    assert part.left_s() == pytest.approx(0.0)
    assert whole.left_s() == pytest.approx(0.5)
    assert part.why() == "time limit of 0.5 s for one connection is used up"
    assert whole.why() == ""


async def test_a_host_that_shuts_us_out_is_given_up(tmp_path: Path) -> None:
    server = await asyncio.start_server(drips, "127.0.0.1", 0)
    post = bench(tmp_path)
    target = post.target(LOOPBACK, server.sockets[0].getsockname()[1])
    stream = await post.wire(target).connect(target)
    await stream.close(abort=True)
    server.close()
    await server.wait_closed()
    for part in ("one", "two", "three"):
        with pytest.raises(ConnectFailed) as refused:
            await post.wire(target, part=part).connect(target)
        assert refused.value.outcome is Outcome.REFUSED
    with pytest.raises(GateRefused) as given_up:
        await post.wire(target, part="four").connect(target)
    assert given_up.value.outcome is Outcome.NOT_TRIED
    assert given_up.value.detail == "shut out: ports that were open are refused, 3 times in a row"


@pytest.mark.parametrize(
    ("outcome", "times", "detail", "is_left"),
    [
        (Outcome.REFUSED, 3, "shut out: ports that were open are refused, 3 times in a row", False),
        (Outcome.HOST_GONE, 3, "fell silent: ports that were open are host_gone, 3 times in a row", True),
        (Outcome.TIMEOUT, 5, "fell silent: ports that were open are timeout, 5 times in a row", True),
    ],
)
def test_who_falls_silent_does_not_shut_us_out(
    tmp_path: Path, outcome: Outcome, times: int, detail: str, is_left: bool
) -> None:
    for asked_before in (False, True):
        post = bench(tmp_path)
        target = post.target(LOOPBACK, 443)
        post.gate.last_tried |= {LOOPBACK} if asked_before else set()
        post.gate.note_connect(target, Outcome.OK)
        for _ in range(times - 1):
            post.gate.note_connect(target, outcome)
        assert post.gate.patience(LOOPBACK).why() == ""
        post.gate.note_connect(target, outcome)
        assert post.gate.patience(LOOPBACK).why() == detail
        assert (LOOPBACK in post.gate.fell_silent) is (is_left and not asked_before)


async def test_refusals_of_ports_that_were_never_open_mean_nothing(tmp_path: Path) -> None:
    post = bench(tmp_path)
    for port in (9, 10, 11, 12, 13):
        target = post.target(LOOPBACK, port)
        with pytest.raises(ConnectFailed):
            await post.wire(target).connect(target)
    assert post.gate.patience(LOOPBACK).why() == ""
