"""Surveys through jump hosts: one that refuses, one that is lost halfway, and going on afterwards."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from itertools import groupby
from pathlib import Path

import pytest

from scanners.hosts.probe import SCANNER as HOSTS
from sekisho.engine.survey import Survey, SurveyPlan, SurveyResult
from sekisho.gate.jump import Jump
from sekisho.gate.session import Way
from sekisho.gate.wire import Job, Wire
from sekisho.messages import said
from sekisho.model import control
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Engagement, Vantage
from sekisho.model.ledger import Entry
from sekisho.store.journal import Journal
from sekisho.store.summary import summarise
from tests.unit.engine.scanners import GREETING, Told
from tests.unit.engine.test_survey import INSIDE, journal_of, peer_only, plan
from tests.unit.gate.jumps import Sshd, jump_vantage, sshd, why_no_sshd
from tests.unit.gate.segment import BEHIND, OURS_V4, PEER_V4, Segment
from tests.unit.gate.test_packets import greets

pytestmark = [pytest.mark.lab, pytest.mark.privileged, pytest.mark.timeout(60)]

ACCOUNT = (
    "AllowTcpForwarding local", "PermitOpen any", "ForceCommand /bin/false", "PermitTTY no", "X11Forwarding no",
    "AllowAgentForwarding no",
)  # fmt: skip
"""What docs/operations/vantages.md advises for the account."""


@pytest.fixture
def server(segment: Segment, tmp_path: Path) -> Iterator[Sshd]:
    if reason := why_no_sshd():
        pytest.skip(reason)
    with sshd(tmp_path / "sshd", segment.inside(segment.peer).path, *ACCOUNT) as made:
        yield made


def about_behind(jump: Jump) -> Engagement:
    """Build an engagement about one host that is seen directly and through a jump host."""
    whole = peer_only()
    rules = replace(whole.scope, include=(ip_network(f"{BEHIND}/32"),))
    return replace(whole, scope=rules, vantages=(jump_vantage(jump), INSIDE))


def folder_of(tmp_path: Path) -> Path:
    (folder := tmp_path / "engagement").mkdir()
    return folder


async def survey(what: SurveyPlan, journal: Journal, *places: tuple[Vantage, Way]) -> SurveyResult:
    return await Survey(what, journal, "run", Told()).run(places)


def seen_from(journal: Journal, vantage: str) -> list[tuple[str, Outcome]]:
    return [(r.attempt.scanner, r.attempt.outcome) for r in journal.recorded("run") if r.attempt.vantage == vantage]


async def test_a_service_is_seen_through_a_jump_host(segment: Segment, server: Sshd, tmp_path: Path) -> None:
    jump, folder = server.jump(inside=segment.namespace), folder_of(tmp_path)
    async with segment.server(greets, address=BEHIND) as port, journal_of(folder) as journal:
        what = plan(folder, about_behind(jump), (port,), hosts=HOSTS)
        result = await survey(what, journal, (jump_vantage(jump), jump))
        assert (result.stopped, result.failed) == ("", [])
        assert seen_from(journal, "far") == [
            ("hosts", Outcome.NOT_TRIED), ("ports", Outcome.OK), ("greeting", Outcome.OK),
        ]  # fmt: skip
        rows = list(journal.ledger.rows("run"))
        assert [r.note for r in rows if r.kind is Entry.CONTROL] == ["begins", "logged in", "ended"]
        assert [h.host for h in summarise(rows).hosts] == [str(BEHIND)], "the jump host is no target"
        assert not [r for r in rows if r.kind is Entry.KERNEL], "our kernel saw none of it"
        journal.verify("run")


async def test_local_and_jump_vantages_take_turns_control_rounds_included(
    segment: Segment, server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "NEAR", timedelta(-1))  # no answer is near enough: far is asked again afterwards
    jump, folder = server.jump(inside=segment.namespace), folder_of(tmp_path)
    async with segment.server(greets, address=BEHIND) as port, journal_of(folder) as journal:
        keeps_out = f"ip saddr {OURS_V4} ip daddr {BEHIND} tcp dport {port} reject with tcp reset"
        with segment.rules(f"chain in {{ type filter hook input priority 0; {keeps_out}; }}"):
            places = ((jump_vantage(jump), jump), (INSIDE, segment.namespace))
            result = await survey(plan(folder, about_behind(jump), (port,)), journal, *places)
        assert (result.complete, result.failed) == (True, [])
        rows = list(journal.ledger.rows("run"))
        assert [v for v, _ in groupby(r.vantage for r in rows)] == ["far", "inside", "far"]
        assert [r.note for r in rows if r.kind is Entry.CONTROL] == ["begins", "logged in", "ended"] * 2
        assert {r.vantage for r in rows if r.kind is Entry.KERNEL} == {"inside"}
        assert [o for s, o in seen_from(journal, "far") if s == "ports"] == [Outcome.OK] * 2


async def test_what_forbids_forwarding_is_told_in_both_languages(segment: Segment, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    with sshd(tmp_path / "strict", segment.inside(segment.peer).path, "AllowTcpForwarding no") as strict:
        jump = strict.jump(inside=segment.namespace)
        async with journal_of(folder) as journal:
            result = await survey(plan(folder, about_behind(jump), (4000,)), journal, (jump_vantage(jump), jump))
    (told,) = result.failed
    assert f"forbids forwarding to {BEHIND} TCP 4000" in said("en", told)
    assert f"{BEHIND} TCP 4000 への転送が禁止" in said("ja", told)


async def test_a_refused_login_ends_one_vantage_only(segment: Segment, server: Sshd, tmp_path: Path) -> None:
    jump, folder = server.jump(secret="wrong", inside=segment.namespace), folder_of(tmp_path)
    async with segment.server(greets, address=BEHIND) as port, journal_of(folder) as journal:
        places = ((jump_vantage(jump), jump), (INSIDE, segment.namespace))
        result = await survey(plan(folder, about_behind(jump), (port,)), journal, *places)
        assert (result.stopped, result.left) == ("", True)
        assert result.failed == ["far: the login was refused; it is not tried again"]
        assert said("ja", result.failed[0]) == "far: 踏み台にログインを拒否されました。再試行はしません"
        assert seen_from(journal, "far") == []
        assert seen_from(journal, "inside")[-1] == ("greeting", Outcome.OK)


async def test_what_a_lost_jump_host_cut_off_is_done_by_a_later_part(
    segment: Segment, server: Sshd, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path)

    async def cut_off(job: Job, wire: Wire) -> None:
        stream = await wire.connect(job.target)
        await stream.receive()
        if job.vantage == "far":
            server.signal_all(signal.SIGKILL)
        await stream.receive()

    async with segment.server(greets, address=BEHIND) as port, journal_of(folder) as journal:
        jump = server.jump(inside=segment.namespace)
        what = plan(folder, about_behind(jump), (port,), greeting=replace(GREETING, run=cut_off))
        places = ((jump_vantage(jump), jump), (INSIDE, segment.namespace))
        result = await survey(what, journal, *places)
        assert (result.stopped, result.left) == ("", True)
        assert ["far: the jump host was lost" in f for f in result.failed] == [True]
        assert [s for s, _ in seen_from(journal, "far")] == ["hosts", "ports"], "what was in flight says nothing"
        assert seen_from(journal, "inside")[-1][0] == "greeting", "the other vantage went on"

        again = server.jump(inside=segment.namespace)
        what = plan(folder, about_behind(again), (port,))
        result = await survey(what, journal, (jump_vantage(again), again))
        assert (result.stopped, result.failed) == ("", [])
        assert seen_from(journal, "far")[-1] == ("greeting", Outcome.OK)
        notes = [r.note for r in journal.ledger.rows("run") if r.kind is Entry.CONTROL and r.address == str(PEER_V4)]
        assert notes == ["begins", "logged in", "lost", "begins", "logged in", "ended"]
        journal.verify("run")
