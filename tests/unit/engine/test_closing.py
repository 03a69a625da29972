"""Closing a run: what no part of it came to stands in the attempts as not tried, step by step."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from sekisho.engine.host_survey import HostSurvey
from sekisho.gate.pacing import ConsentClosed
from sekisho.model.attempts import NOT_FINISHED, Outcome
from sekisho.model.ledger import Entry
from sekisho.model.subjects import host, service
from sekisho.model.tiers import Tier
from sekisho.scope import Scope
from tests.unit.engine.scanners import GREETING, HOSTS, LATER, PATIENT, PORTS, Ward, served, ward
from tests.unit.engine.test_host_survey import CLOSED, pace_with

pytestmark = pytest.mark.timeout(40)


def with_hours_over(room: Ward) -> None:
    """Let five days pass: the consent that covers the patient has ended, another one is still open."""
    whole, now = room.kit.engagement, datetime.now(UTC)  # what was sent stands in the transcripts by the real clock
    (consent,) = whole.consents
    ended, open_still = ((now + timedelta(days=d)).date() for d in (2, 20))
    ours = replace(consent, covers=(ip_network(f"{PATIENT}/32"),), valid_until=ended)
    others = replace(consent, covers=(ip_network("127.0.1.0/24"),), valid_until=open_still)
    room.kit.scope = room.post.gate.scope = Scope(replace(whole, consents=(ours, others)), room.kit.pace)
    room.post.clock[0] = now + timedelta(days=5)


class OverAfter:
    """Ends the consent's hours once so many jobs are recorded."""

    def __init__(self, jobs: int) -> None:
        self._left = jobs

    def finished(self, *_: object) -> None:
        self._left -= 1
        if not self._left:
            raise ConsentClosed(str(PATIENT))


async def close(room: Ward) -> None:
    """Do what Survey.conclude does for one host."""
    room.workshop.load()
    async with asyncio.timeout(20):
        await HostSurvey(replace(room.kit, gate=None), PATIENT).run()


def left(room: Ward) -> dict[tuple[str, str], tuple[Outcome, str]]:
    recorded = room.journal.recorded("run")
    return {(r.attempt.scanner, r.attempt.subject): (r.attempt.outcome, r.attempt.detail) for r in recorded}


async def test_a_host_never_begun_is_one_not_tried_row(tmp_path: Path) -> None:
    room = ward(tmp_path, pace=pace_with(80))  # type: ignore[arg-type]
    with_hours_over(room)
    await room.survey()
    assert room.kit.postponed
    assert left(room) == {}
    await close(room)
    assert left(room) == {("hosts", host(PATIENT)): (Outcome.NOT_TRIED, NOT_FINISHED)}
    assert [r for r in room.journal.ledger.rows("run") if r.kind is not Entry.REFUSED] == []
    room.journal.verify("run")
    room.close()


@pytest.mark.parametrize("tier", [Tier.T1, Tier.T3], ids=str)
async def test_a_host_cut_off_between_its_steps_keeps_what_is_known_and_names_the_rest(
    tmp_path: Path, tier: Tier
) -> None:
    async with served(1) as (port,):
        pace = pace_with(port, CLOSED, t2=(10,))
        room = ward(tmp_path, tier=tier, pace=pace)  # type: ignore[arg-type]
        room.workshop.progress = OverAfter(2)
        await room.survey()
        assert room.kit.postponed
        with_hours_over(room)
        room.workshop.progress = room.told
        before = list(room.journal.ledger.rows("run"))
        await close(room)
    rows = left(room)
    assert rows["hosts", host(PATIENT)][0] is Outcome.OK
    if tier is Tier.T1:
        assert rows["ports", service(PATIENT, "tcp", port)][0] is Outcome.OK
        assert rows["ports", host(PATIENT)] == (Outcome.NOT_TRIED, NOT_FINISHED)
        assert ("ports", service(PATIENT, "tcp", CLOSED)) not in rows, "one row for all that is left"
    else:
        jobs = {r.job.rsplit("|", 1)[-1]: r.attempt.outcome for r in room.journal.recorded("run")}
        assert (jobs["base-0"], jobs["further-0"]) == (Outcome.OK, Outcome.NOT_TRIED)
        assert rows["greeting", service(PATIENT, "tcp", port)] == (Outcome.NOT_TRIED, NOT_FINISHED)
    assert list(room.journal.ledger.rows("run")) == before, "closing sends nothing"
    room.journal.verify("run")
    room.close()


async def test_closing_adds_nothing_to_what_came_to_its_end(tmp_path: Path) -> None:
    async with served(1) as (port,):
        room = ward(tmp_path, (HOSTS, PORTS, GREETING, LATER), pace=pace_with(port, CLOSED))  # type: ignore[arg-type]
        await room.survey()
        before = room.attempts()
        room.post.clock[0] += timedelta(days=400)
        await close(room)
    assert room.attempts() == before
    room.close()
