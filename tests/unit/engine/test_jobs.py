"""A job is done once; what a kill cut off is repeated once on T2 and never on T1; failures are recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sekisho.engine.together import together
from sekisho.errors import ProbeError, StoreError
from sekisho.gate.pacing import GateRefused, Stopped
from sekisho.gate.wire import ConnectFailed, Job, Wire
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Greeting
from sekisho.model.ledger import Entry, LedgerRow
from sekisho.model.observations import Reading
from sekisho.model.subjects import service
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner
from tests.unit.engine.scanners import GREETING, PATIENT, PORTS, Ward, served, ward
from tests.unit.gate.posts import NOW, VANTAGE

pytestmark = pytest.mark.timeout(30)


def job(room: Ward, port: int, *, tier: Tier = Tier.T3, scanner: Scanner = GREETING) -> Job:
    target = room.post.target(PATIENT, port, tier=tier)
    subject = service(PATIENT, "tcp", port)
    return Job(f"{VANTAGE.name}|{scanner.id}|{subject}", scanner.id, subject, VANTAGE.name, (target,))


def started(room: Ward, one: Job, times: int, *, sent: bool = True) -> None:
    """Leave the traces of so many begun and never finished tries, as a kill does."""
    for kind in (Entry.START, Entry.CONNECT) if sent else (Entry.START,):
        row = LedgerRow(NOW, kind, VANTAGE.name, one.id, "tcp", "", 0, str(PATIENT), one.target.port, 2, 0, 0)
        room.journal.ledger.write("run", *([row] * times))
    room.workshop.load()


def connects(room: Ward) -> int:
    return sum(r.kind is Entry.CONNECT for r in room.journal.ledger.rows("run"))


async def test_a_done_job_is_not_repeated_even_by_another_process(tmp_path: Path) -> None:
    async with served(1) as (port,):
        room = ward(tmp_path)
        first = await room.workshop.do(job(room, port), GREETING, room.post.gate)
        again = await room.workshop.do(job(room, port), GREETING, room.post.gate)
        room.close()
        later = ward(tmp_path)
        resumed = await later.workshop.do(job(later, port), GREETING, later.post.gate)
    assert first == again == resumed
    assert isinstance(first.facts[0][1], Greeting)
    assert connects(later) == 1
    assert len(later.told.finished_jobs) == 0
    later.close()


@pytest.mark.parametrize(
    ("tier", "begun", "outcome"),
    [
        (Tier.T1, 1, Outcome.INTERRUPTED),
        (Tier.T2, 1, Outcome.OK),
        (Tier.T3, 1, Outcome.OK),
        (Tier.T2, 2, Outcome.INTERRUPTED),
        (Tier.T2, 5, Outcome.INTERRUPTED),
    ],
)
async def test_what_a_kill_cut_off(tmp_path: Path, tier: Tier, begun: int, outcome: Outcome) -> None:
    async with served(1) as (port,):
        room = ward(tmp_path)
        started(room, one := job(room, port, tier=tier), begun)
        reading = await room.workshop.do(one, GREETING, room.post.gate)
    assert reading.outcome is outcome
    assert connects(room) == begun + (1 if outcome is Outcome.OK else 0)
    (recorded,) = room.journal.recorded("run")
    assert recorded.attempt.outcome is outcome
    assert bool(recorded.attempt.evidence) == (outcome is Outcome.OK)
    room.journal.verify("run")
    room.close()


async def test_a_t1_port_of_which_nothing_had_left_is_asked_after_a_kill(tmp_path: Path) -> None:
    async with served(1) as (port,):
        room = ward(tmp_path)
        started(room, one := job(room, port, tier=Tier.T1, scanner=PORTS), 1, sent=False)
        reading = await room.workshop.do(one, PORTS, room.post.gate)
    assert reading.outcome is Outcome.OK
    assert connects(room) == 1
    room.close()


async def test_a_job_killed_twice_is_never_begun_a_third_time(tmp_path: Path) -> None:
    async with served(1) as (port,):
        for _ in range(2):
            room = ward(tmp_path)
            task = asyncio.create_task(room.workshop.do(job(room, port), waiting(), room.post.gate))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            room.close()
        last = ward(tmp_path)
        reading = await last.workshop.do(job(last, port), GREETING, last.post.gate)
    assert reading.outcome is Outcome.INTERRUPTED
    assert connects(last) == 2
    last.close()


def waiting() -> Scanner:
    async def wait(_: Job, wire: Wire) -> None:
        await wire.connect(_.target)
        await asyncio.sleep(10)

    return replace(GREETING, run=wait)


def raising(error: BaseException) -> Scanner:
    async def fail(job: Job, wire: Wire) -> None:
        stream = await wire.connect(job.target)
        await stream.send(b"x")
        raise error

    return replace(GREETING, run=fail)


@pytest.mark.parametrize(
    ("error", "outcome", "ours"),
    [
        (ConnectFailed(Outcome.HOST_GONE), Outcome.OK, False),  # the reader decides
        (GateRefused(Outcome.NOT_TRIED, "budget"), Outcome.NOT_TRIED, False),
        (ProbeError("no privilege"), Outcome.TOOL_ERROR, True),
        (OSError(5, "odd"), Outcome.TOOL_ERROR, True),
        (KeyError("bug"), Outcome.TOOL_ERROR, True),
        (RecursionError("deep"), Outcome.TOOL_ERROR, True),
        (ExceptionGroup("both", [GateRefused(Outcome.NOT_TRIED, "budget")]), Outcome.NOT_TRIED, False),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, Exception) else str(v),
)
async def test_how_a_failure_is_recorded(tmp_path: Path, error: Exception, outcome: Outcome, *, ours: bool) -> None:
    async with served(1) as (port,):
        room = ward(tmp_path)
        reading = await room.workshop.do(job(room, port), raising(error), room.post.gate)
    assert reading.outcome is outcome
    assert bool(room.workshop.tool_errors) is ours
    (recorded,) = room.journal.recorded("run")
    assert recorded.attempt.outcome is outcome
    assert recorded.attempt.evidence, "what was sent and seen before stays as evidence"
    assert room.post.gate.pacer._hosts[str(PATIENT)].open == 0
    room.close()


@pytest.mark.parametrize("error", [Stopped(), StoreError("full"), ExceptionGroup("g", [Stopped()])], ids=repr)
async def test_what_ends_the_survey_is_not_recorded(tmp_path: Path, error: Exception) -> None:
    async with served(1) as (port,):
        room = ward(tmp_path)
        with pytest.raises((Stopped, StoreError)):
            await room.workshop.do(job(room, port), raising(error), room.post.gate)
    assert room.attempts() == []
    assert room.post.gate.pacer._hosts[str(PATIENT)].open == 0
    room.close()


async def test_a_reader_that_crashes_is_a_tool_error_with_its_evidence(tmp_path: Path) -> None:
    def broken(transcript: Transcript) -> Reading:
        raise IndexError(transcript.subject)

    async with served(1) as (port,):
        room = ward(tmp_path)
        reading = await room.workshop.do(job(room, port), replace(GREETING, read=broken), room.post.gate)
        assert reading.outcome is Outcome.TOOL_ERROR
        (recorded,) = room.journal.recorded("run")
        assert recorded.attempt.evidence
        again = await room.workshop.do(job(room, port), replace(GREETING, read=broken), room.post.gate)
    assert again.facts == ()
    room.close()


async def test_a_mask_that_crashes_hides_all_and_ends_nothing(tmp_path: Path) -> None:
    def broken(data: bytes) -> bytes:
        raise ValueError(data)

    async with served(1) as (port,):
        room = ward(tmp_path)
        await room.workshop.do(job(room, port), replace(GREETING, mask=broken), room.post.gate)
    (transcript,) = room.journal.transcripts("run").values()
    assert b"hello" not in transcript.received()
    room.close()


async def test_a_skipped_try_is_recorded_once(tmp_path: Path) -> None:
    room = ward(tmp_path)
    for why in ("first", "second"):
        room.workshop.skip("j", service(PATIENT, "tcp", 1), "greeting", "management", (Outcome.SKIPPED_BY_TIER, why))
    (recorded,) = room.journal.recorded("run")
    assert recorded.attempt.detail == "first"
    assert room.workshop.is_done("j")
    room.close()


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ([Stopped()], Stopped),
        ([StoreError("full"), Stopped()], StoreError),
        ([Stopped(), KeyError("bug"), StoreError("full")], StoreError),
        ([Stopped(), KeyError("bug")], KeyError),
    ],
)
async def test_the_foremost_failure_comes_out_as_itself(errors: list[Exception], kind: type[Exception]) -> None:
    """Raised inside `except*` it came out wrapped in a group, which nobody above knew."""

    async def fail(error: Exception) -> None:
        raise error

    with pytest.raises(kind):
        await together(fail(e) for e in errors)


async def test_the_first_failure_ends_the_others() -> None:
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.append("waiting")

    async def fail() -> None:
        raise Stopped

    work: list[Callable[[], Awaitable[None]]] = [wait, fail]
    with pytest.raises(Stopped):
        await together(w() for w in work)  # type: ignore[misc]
    assert ended == ["waiting"]
