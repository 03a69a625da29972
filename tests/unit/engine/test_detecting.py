"""Service detection: one job per host, for the open ports it may ask; asked for and not started is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sekisho.gate.wire import Job, Wire
from sekisho.model.attempts import Outcome
from sekisho.model.observations import Reading
from sekisho.model.subjects import FACILITY, host, service
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner, Stage
from sekisho.store.journal import Journal
from tests.unit.engine.scanners import HOSTS, PATIENT, PORTS, scanner, served, ward
from tests.unit.engine.test_host_survey import pace_with
from tests.unit.engine.test_survey import INSIDE, journal_of, peer_only, plan, survey
from tests.unit.gate.segment import Segment
from tests.unit.gate.test_packets import greets

pytestmark = pytest.mark.timeout(40)


def detector(asked: list[list[int]], program: str = "") -> Scanner:
    async def run(job: Job, wire: Wire) -> None:
        asked.append([t.port for t in job.targets])

    made = scanner(
        "detector", Stage.DETECT, run, lambda _: Reading(Outcome.OK), tier=Tier.T3, applies=lambda v: v.nmap_wanted
    )
    return replace(made, program=program)


async def test_a_host_is_one_job_for_all_its_open_ports(tmp_path: Path) -> None:
    asked: list[list[int]] = []
    async with served(3) as ports:
        room = ward(tmp_path, (HOSTS, PORTS, detector(asked)), pace=pace_with(*ports, 9))  # type: ignore[arg-type]
        room.kit.nmap = True
        await room.survey()
    assert asked == [sorted(ports)]
    assert ("detector", host(PATIENT), Outcome.OK) in room.attempts()
    room.close()


async def test_below_t3_nothing_is_started(tmp_path: Path) -> None:
    asked: list[list[int]] = []
    async with served(1) as ports:
        room = ward(tmp_path, (HOSTS, PORTS, detector(asked)), tier=Tier.T2, pace=pace_with(*ports))  # type: ignore[arg-type]
        room.kit.nmap = True
        await room.survey()
    assert asked == []
    assert ("detector", service(PATIENT, "tcp", ports[0]), Outcome.SKIPPED_BY_TIER) in room.attempts()
    room.close()


def told(journal: Journal) -> list[tuple[str, Outcome, str]]:
    recorded = (r.attempt for r in journal.recorded("run"))
    return [(a.subject, a.outcome, a.detail) for a in recorded if a.scanner == "detector"]


@pytest.mark.lab
@pytest.mark.privileged
@pytest.mark.parametrize("tier", [Tier.T2, Tier.T3], ids=str)
async def test_asked_for_and_nothing_to_ask_is_said(segment: Segment, tmp_path: Path, tier: Tier) -> None:
    asked: list[list[int]] = []
    about = peer_only(tier=tier)
    async with journal_of(tmp_path) as journal:
        what = replace(plan(tmp_path, about, (9,), detector=detector(asked)), nmap=True)
        result = await survey(what, journal, segment)
        why = "no T3 target" if tier is Tier.T2 else "no open port on a T3 target"
        ((subject, outcome, detail),) = told(journal)
    assert (subject, outcome, asked, result.failed) == (FACILITY, Outcome.NOT_TRIED, [], [])
    assert detail.startswith(why)


@pytest.mark.lab
@pytest.mark.privileged
@pytest.mark.parametrize("tier", [Tier.T2, Tier.T3], ids=str)
async def test_a_missing_program_fails_in_part_with_or_without_a_target(
    segment: Segment, tmp_path: Path, tier: Tier
) -> None:
    asked: list[list[int]] = []
    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        missing = detector(asked, "sekisho-no-such-program")
        what = replace(plan(tmp_path, peer_only(tier=tier), (port,), detector=missing), nmap=True)
        result = await survey(what, journal, segment, (INSIDE,))
        assert told(journal) == [(FACILITY, Outcome.TOOL_ERROR, "sekisho-no-such-program is not installed")]
    assert asked == []
    assert ["is not installed" in f for f in result.failed] == [True]
