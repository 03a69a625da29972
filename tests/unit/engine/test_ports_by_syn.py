"""Ports by crafted SYNs: what is asked in which job, of hosts that answer, drop or say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from sekisho.gate.wire import Job, Wire
from sekisho.model.attempts import Outcome
from sekisho.model.facts import PortSeen, PortStatus
from sekisho.model.observations import Reading
from sekisho.model.subjects import service
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Stage
from tests.property.paces import lab
from tests.unit.engine.scanners import PATIENT, Ward, scanner, ward

T1, T2 = (21, 22, 80), tuple(range(1000, 1040))
Options = list[tuple[tuple[int, ...], int | None]]


def asked_by_syn(
    folder: Path, statuses: Mapping[int, PortStatus], monkeypatch: pytest.MonkeyPatch
) -> tuple[Ward, Options]:
    """Build a survey whose only scanner answers as scripted; every other port is filtered."""
    asked: Options = []

    async def run(job: Job, wire: Wire) -> None:
        assert job.options["method"] == "syn"
        control = job.options.get("control")
        assert {t.port for t in job.targets} == {*job.options["ports"], *([control] if control else [])}
        asked.append((tuple(job.options["ports"]), control))

    def read(transcript: Transcript) -> Reading:
        ports = transcript.options["ports"]
        seen = {p: statuses.get(p, PortStatus.FILTERED) for p in ports}
        return Reading(Outcome.OK, tuple((service(PATIENT, "tcp", p), PortSeen(s, "syn")) for p, s in seen.items()))

    pace = lab(t1_ports=T1, t2_ports=T2, raw_syn=True, silent_ports=10, budget=(None, None, None))
    room = ward(folder, (scanner("ports", Stage.PORTS, run, read, tier=Tier.T1),), pace=pace)
    monkeypatch.setitem(vars(room.post.gate), "crafts", True)
    return room, asked


async def test_a_host_that_answers_everything_is_asked_in_one_job_without_control(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, asked = asked_by_syn(tmp_path, dict.fromkeys(T1, PortStatus.CLOSED), monkeypatch)
    await room.survey()
    assert asked == [(T1, None), (T2, None)]
    room.close()


async def test_a_host_that_drops_is_asked_with_a_port_that_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, asked = asked_by_syn(tmp_path, {21: PortStatus.OPEN, 80: PortStatus.CLOSED}, monkeypatch)
    await room.survey()
    assert asked == [(T1, None), (T2, 80)], "the closed one: it draws no reset from us"
    room.close()


@pytest.mark.parametrize("answers", [False, True])
async def test_a_silent_host_is_asked_the_first_further_ports_and_the_rest_if_one_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, answers: bool
) -> None:
    room, asked = asked_by_syn(tmp_path, {1003: PortStatus.OPEN} if answers else {}, monkeypatch)
    await room.survey()
    assert asked == [(T1, None), (T2[:10], None), *([(T2[10:], 1003)] if answers else [])]
    room.close()


async def test_a_fragile_port_is_never_the_control(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room, asked = asked_by_syn(tmp_path, {1003: PortStatus.CLOSED, 104: PortStatus.CLOSED}, monkeypatch)
    room.kit.pace = lab(t1_ports=(104, 21), t2_ports=T2, raw_syn=True, budget=(None, None, None))
    await room.survey()
    assert asked == [((104, 21), None), (T2, None)]
    room.close()
