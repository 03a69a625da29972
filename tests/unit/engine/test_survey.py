"""Whole surveys on a private segment: stop, interruption, full disk, resumption, several vantages."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from scanners.ports.probe import SCANNER as REAL_PORTS
from scanners.tls.probe import SCANNER as TLS
from sekisho.engine.plan import Planner
from sekisho.engine.survey import STOP_FILE, Survey, SurveyPlan, SurveyResult, refuse_without_consent, run_id, targets
from sekisho.errors import ScopeError, StoreError
from sekisho.gate.watch import BASELINE_PROBES
from sekisho.gate.wire import Job, Wire
from sekisho.messages import said
from sekisho.model.attempts import WATCH, WATCHED, WATCHED_ELSEWHERE, Outcome
from sekisho.model.engagement import Engagement, Method, StopRules, Vantage, WatchTarget
from sekisho.model.fragility import FragilityBy, FragilityRule
from sekisho.model.ledger import Entry
from sekisho.model.observations import Reading
from sekisho.model.subjects import service
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner
from sekisho.scope import Scope
from sekisho.store.journal import Journal, Run
from tests.property.paces import lab
from tests.unit.engine.scanners import GREETING, HOSTS, MAC, PORTS, Told
from tests.unit.gate.posts import engagement
from tests.unit.gate.segment import PEER_V4, Segment
from tests.unit.gate.test_packets import closes_when_we_do, greets

pytestmark = [pytest.mark.lab, pytest.mark.privileged, pytest.mark.timeout(40)]
SCANNERS: Mapping[str, Scanner] = {s.id: s for s in (HOSTS, PORTS, GREETING)}
NOW = datetime.now(UTC)
DICOM = 11112
FRAGILE = (FragilityRule(FragilityBy.PORT, str(DICOM), Tier.T1, "test"),)
INSIDE, OUTSIDE = Vantage("inside", "management"), Vantage("second", "vendor")


def peer_only(*, tier: Tier = Tier.T3, watch: tuple[WatchTarget, ...] = ()) -> Engagement:
    """Build an engagement about the peer alone, valid today."""
    whole = engagement(tier)
    (consent,) = whole.consents
    today = NOW.date()
    valid = replace(consent, valid_from=today - timedelta(days=2), valid_until=today + timedelta(days=2))
    rules = replace(whole.scope, include=(ip_network(f"{PEER_V4}/32"),))
    stop = StopRules(watch=watch)
    return replace(whole, consents=(valid,), scope=rules, stop=stop, vantages=(INSIDE, OUTSIDE))


def plan(folder: Path, about: Engagement, ports: tuple[int, ...], **scanners: Scanner) -> SurveyPlan:
    pace = lab(t1_ports=ports, t2_ports=(), read_timeout_s=0.3, budget=(None, None, None))
    return SurveyPlan(folder, about, pace, FRAGILE, {**SCANNERS, **scanners}, {})


@asynccontextmanager
async def journal_of(folder: Path) -> AsyncIterator[Journal]:
    journal = Journal(folder)
    if journal.open_now() is None:
        journal.open_run(Run("run", NOW, None, "0", "{}", "{}", "0" * 64))
    try:
        yield journal
    finally:
        journal.dispose()


async def survey(
    what: SurveyPlan, journal: Journal, segment: Segment, vantages: tuple[Vantage, ...] = (INSIDE,)
) -> SurveyResult:
    places = [(v, segment.namespace) for v in vantages]
    return await Survey(what, journal, "run", Told()).run(places)


def connects(journal: Journal) -> int:
    return sum(r.kind is Entry.CONNECT for r in journal.ledger.rows("run"))


async def test_a_survey_from_two_vantages(segment: Segment, tmp_path: Path) -> None:
    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        result = await survey(plan(tmp_path, peer_only(), (port,)), journal, segment, (INSIDE, OUTSIDE))
        assert (result.stopped, result.interrupted, result.failed) == ("", False, [])
        seen = [(r.attempt.vantage, r.attempt.scanner, r.attempt.outcome) for r in journal.recorded("run")]
        assert seen == [(v, s, Outcome.OK) for v in ("inside", "second") for s in ("hosts", "ports", "greeting")]
        assert connects(journal) == 4
        again = await survey(plan(tmp_path, peer_only(), (port,)), journal, segment, (INSIDE, OUTSIDE))
        assert again.failed == []
        assert connects(journal) == 4, "what is done is not asked again"


async def test_the_budget_counts_every_vantage(segment: Segment, tmp_path: Path) -> None:
    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        small = replace(
            plan(tmp_path, peer_only(), (port,)), pace=lab(t1_ports=(port,), t2_ports=(), budget=(14, 14, 14))
        )
        await survey(small, journal, segment, (INSIDE, OUTSIDE))
        spent = sum(journal.ledger.packets_by_host("run").values())
        assert spent <= 14
        assert Outcome.NOT_TRIED in [r.attempt.outcome for r in journal.recorded("run")]


async def test_a_stop_file_stops_and_a_later_part_goes_on(segment: Segment, tmp_path: Path) -> None:
    stop = tmp_path / STOP_FILE

    async def stopping(job: Job, wire: Wire) -> None:
        stream = await wire.connect(job.target)
        stop.touch()
        await stream.send(b"never")

    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        halted = plan(tmp_path, peer_only(), (port,), greeting=replace(GREETING, run=stopping))
        result = await survey(halted, journal, segment)
        assert STOP_FILE in result.stopped
        assert [r.attempt.scanner for r in journal.recorded("run")] == ["hosts", "ports"]
        assert Entry.PAYLOAD not in [r.kind for r in journal.ledger.rows("run")]
        stop.unlink()
        await survey(plan(tmp_path, peer_only(), (port,)), journal, segment)
        assert [r.attempt.outcome for r in journal.recorded("run")] == [Outcome.OK] * 3
        journal.verify("run")


async def test_an_interruption_keeps_what_is_done(segment: Segment, tmp_path: Path) -> None:
    async def endless(job: Job, wire: Wire) -> None:
        await wire.connect(job.target)
        await asyncio.sleep(60)

    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        what = plan(tmp_path, peer_only(), (port,), greeting=replace(GREETING, run=endless))
        task = asyncio.create_task(survey(what, journal, segment))
        while connects(journal) < 2:  # noqa: ASYNC110 - rows of a database send no event
            await asyncio.sleep(0.02)
        task.cancel()
        result = await task
        assert result.interrupted
        assert [r.attempt.scanner for r in journal.recorded("run")] == ["hosts", "ports"]


async def test_a_host_that_falls_silent_at_the_very_end_is_named_and_looked_after_later(
    segment: Segment, tmp_path: Path
) -> None:
    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        gone = AsyncExitStack()

        async def dying(job: Job, wire: Wire) -> None:
            gone.enter_context(segment.rules("chain f { type filter hook input priority 0; tcp dport 1-65535 drop; }"))
            await GREETING.run(job, wire)

        what = plan(tmp_path, peer_only(), (port,), greeting=replace(GREETING, run=dying))
        async with gone:
            result = await survey(what, journal, segment)
            assert [str(PEER_V4) in said("en", f) for f in result.failed] == [True]
            assert "fell silent" in result.failed[0]
            assert (result.left, result.stopped) == (True, "")
            assert connects(journal) == 4, "the port, the greeting, two last looks"
        later = await survey(what, journal, segment)
        assert (later.failed, later.complete) == ([], True)
        assert connects(journal) == 5, "only whether it is back"


async def test_a_host_that_stays_silent_is_named_again_and_the_run_may_end(segment: Segment, tmp_path: Path) -> None:
    async with journal_of(tmp_path) as journal:
        async with segment.server(greets) as port:
            silent = segment.rules(f"chain f {{ type filter hook input priority 0; tcp dport {port} drop; }}")

            async def dying(job: Job, wire: Wire) -> None:
                gone.enter_context(silent)
                await GREETING.run(job, wire)

            what = plan(tmp_path, peer_only(), (port,), greeting=replace(GREETING, run=dying))
            async with AsyncExitStack() as gone:
                assert (await survey(what, journal, segment)).left
                later = await survey(what, journal, segment)
        assert ["fell silent" in said("en", f) for f in later.failed] == [True]
        assert later.complete, "nothing more can be done about it"
        last = [r.attempt for r in journal.recorded("run")][-1]
        assert (last.outcome, last.detail.partition(":")[0]) == (Outcome.NOT_TRIED, "fell silent")


async def test_a_cable_of_ours_that_is_pulled_leaves_the_vantage_and_the_rest_to_a_later_part(
    segment: Segment, tmp_path: Path
) -> None:
    """What is asked without a link never left: it must not pass for asked, least of all on T1."""

    async def pulled(job: Job, wire: Wire) -> None:
        segment.run(segment.peer, "ip", "link", "set", "cable0", "down")
        await PORTS.run(job, wire)

    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        what = plan(tmp_path, peer_only(tier=Tier.T1), (9, port))
        try:
            result = await survey(
                replace(what, scanners={**SCANNERS, "ports": replace(PORTS, run=pulled)}), journal, segment
            )
        finally:
            segment.run(segment.peer, "ip", "link", "set", "cable0", "up")
            segment.wait_until_up(segment.ours)
        assert (result.left, result.stopped) == (True, "")
        assert ["cable0 lost its link" in said("en", f) for f in result.failed] == [True]
        assert [r.attempt.scanner for r in journal.recorded("run")] == ["hosts"]
        again = await survey(what, journal, segment)
        assert again.failed == []
        assert [r.port for r in journal.ledger.rows("run") if r.kind is Entry.CONNECT] == [9, port]
        told = {r.attempt.subject: r.attempt.outcome for r in journal.recorded("run") if r.attempt.scanner == "ports"}
        assert told == {
            service(PEER_V4, "tcp", 9): Outcome.INTERRUPTED, service(PEER_V4, "tcp", port): Outcome.OK,
        }  # fmt: skip


async def test_a_full_disk_comes_out_as_itself(segment: Segment, tmp_path: Path) -> None:
    async def full(job: Job, wire: Wire) -> None:
        msg = "survey.db cannot be written"
        raise StoreError(msg)

    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        what = plan(tmp_path, peer_only(), (port,), greeting=replace(GREETING, run=full))
        with pytest.raises(StoreError):
            await survey(what, journal, segment)


async def test_a_watch_target_that_is_down_stops_before_the_first_probe(segment: Segment, tmp_path: Path) -> None:
    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        about = peer_only(watch=(WatchTarget(PEER_V4, 9),))
        result = await survey(plan(tmp_path, about, (port,)), journal, segment)
        assert "does not answer" in result.stopped
        assert journal.recorded("run") == ()


async def test_a_device_with_a_fragile_port_gets_nothing_further_from_any_vantage(
    segment: Segment, tmp_path: Path
) -> None:
    """What one vantage learnt of a device holds for all: a filter may hide its DICOM port from the next one."""
    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        what = plan(tmp_path, peer_only(), (DICOM, port))
        with segment.inside(segment.peer).socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
            listening.bind((str(PEER_V4), DICOM))
            dicom = await asyncio.start_server(greets, sock=listening)
            await survey(what, journal, segment)
            dicom.close()
        await survey(what, journal, segment, (OUTSIDE,))
        await Survey(what, journal, "run", Told()).conclude()
        told = {
            r.attempt.vantage: r.attempt.outcome for r in journal.recorded("run") if r.attempt.scanner == GREETING.id
        }
        assert told == {"inside": Outcome.SKIPPED_BY_TIER, "second": Outcome.SKIPPED_BY_TIER}
        second = [r for r in journal.ledger.rows("run") if r.kind is Entry.CONNECT and r.vantage == "second"]
        assert sorted(r.port for r in second) == sorted((DICOM, port))
        assert {r.tier for r in second} == {1}, "from the first connect on, each port once and slowly"


async def test_a_device_that_one_vantage_knows_by_its_mac_to_be_untouchable_gets_nothing_from_the_next(
    segment: Segment, tmp_path: Path
) -> None:
    """Behind a router its MAC does not show: what a neighbour saw of it has to hold there, too."""

    def read_host(transcript: Transcript) -> Reading:
        found = HOSTS.read(transcript)
        return found if transcript.vantage == INSIDE.name else Reading(Outcome.NOT_TRIED)

    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        rule = FragilityRule(FragilityBy.OUI, MAC.replace(":", "")[:6], Tier.T0, "test")
        what = replace(plan(tmp_path, peer_only(), (port,), hosts=replace(HOSTS, read=read_host)), fragility=(rule,))
        await survey(what, journal, segment, (INSIDE, OUTSIDE))
        told = {(r.attempt.vantage, r.attempt.scanner): r.attempt.outcome for r in journal.recorded("run")}
        assert told == {
            ("inside", "hosts"): Outcome.OK,
            ("inside", "ports"): Outcome.SKIPPED_BY_TIER,
            ("second", "hosts"): Outcome.SKIPPED_BY_TIER,
        }
        assert connects(journal) == 0


def test_a_dry_run_announces_the_depth_of_the_pace(segment: Segment, tmp_path: Path) -> None:
    """In `gentle` TLS costs at most 8 connections a port, 7 further names and 3 lost connects made up for."""
    what = replace(plan(tmp_path, peer_only(), (443,)), scanners={TLS.id: TLS})
    announced = {}
    for depth in ("quick", "full"):
        paced = replace(what, pace=replace(what.pace, tls=depth))
        ((probe,),) = (h.probes for h in Planner(paced, INSIDE, segment.namespace, NOW).hosts())
        announced[depth] = probe.packets
    assert announced["full"] == TLS.max_packets
    assert announced["quick"] * TLS.max_connections == announced["full"] * 18


async def test_a_dry_run_announces_control_rounds(segment: Segment, tmp_path: Path) -> None:
    second = replace(OUTSIDE, sources=(ip_address("192.0.2.50"),))
    segment.run(segment.ours, "ip", "addr", "add", "192.0.2.50/24", "dev", "cable0")
    try:
        async with segment.server(closes_when_we_do) as port, journal_of(tmp_path) as journal:
            about = replace(peer_only(), vantages=(INSIDE, second))
            what = replace(plan(tmp_path, about, (port,)), scanners={s.id: s for s in (HOSTS, REAL_PORTS)})
            (announced,) = Planner(what, INSIDE, segment.namespace, NOW).hosts()
            refused = f"ip saddr 192.0.2.50 tcp dport {port} reject with tcp reset;"
            with segment.rules(f"chain f {{ type filter hook input priority 0; {refused} }}"):
                await survey(what, journal, segment, (INSIDE, second))
            asked = [r.vantage for r in journal.ledger.rows("run") if r.kind is Entry.CONNECT]
            sent = journal.ledger.packets_by_host("run")[INSIDE.name, str(PEER_V4)]
    finally:
        segment.run(segment.ours, "ip", "addr", "del", "192.0.2.50/24", "dev", "cable0")
    assert asked == [INSIDE.name, second.name, INSIDE.name], "a refusal counts only between two answers"
    (ports,) = (p for p in announced.probes if p.scanner == PORTS.id)
    assert sent <= ports.packets


async def from_both(what: SurveyPlan, journal: Journal, segment: Segment) -> SurveyResult:
    """Survey from the peer itself, which can't ask itself, and from its neighbour; in this order."""
    places = [(OUTSIDE, segment.inside(segment.peer)), (INSIDE, segment.namespace)]
    return await Survey(what, journal, "run", Told()).run(places)


async def test_a_watch_target_that_one_vantage_does_not_reach_is_watched_from_the_other(
    segment: Segment, tmp_path: Path
) -> None:
    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        about = peer_only(watch=(WatchTarget(PEER_V4, port),))
        result = await from_both(plan(tmp_path, about, (port,)), journal, segment)
        assert (result.stopped, result.failed) == ("", [])
        told = [
            (a.vantage, a.outcome, a.detail) for a in (r.attempt for r in journal.recorded("run")) if a.scanner == WATCH
        ]
        assert told == [
            ("inside", Outcome.OK, f"{WATCHED}{PEER_V4} TCP {port}"),
            ("second", Outcome.NOT_TRIED, f"{WATCHED_ELSEWHERE}{PEER_V4} TCP {port}"),
        ]  # fmt: skip
        vantages = [r.attempt.vantage for r in journal.recorded("run")]
        assert vantages == sorted(vantages), "who does not reach it waits for one who does"


async def test_a_watch_target_that_no_vantage_has_seen_alive_stops_them_all(segment: Segment, tmp_path: Path) -> None:
    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        about = peer_only(watch=(WatchTarget(PEER_V4, port), WatchTarget(PEER_V4, 9)))
        result = await from_both(plan(tmp_path, about, (port,)), journal, segment)
        assert "TCP 9 does not answer before the survey" in result.stopped
        assert {r.attempt.scanner for r in journal.recorded("run")} <= {WATCH}
        await Survey(plan(tmp_path, about, (port,)), journal, "run", Told()).conclude()
        assert {r.attempt.scanner for r in journal.recorded("run")} <= {WATCH}, "no vantage was used"


async def test_a_watch_target_that_dies_at_the_end_of_a_visit_does_not_pass_for_unreachable_from_the_next(
    segment: Segment, tmp_path: Path
) -> None:
    async with AsyncExitStack() as watched, segment.server(greets) as port, journal_of(tmp_path) as journal:
        vital = await watched.enter_async_context(segment.server(greets))

        async def dying(job: Job, wire: Wire) -> None:
            await watched.aclose()

        about = peer_only(watch=(WatchTarget(PEER_V4, vital),))
        what = plan(tmp_path, about, (port,), greeting=replace(GREETING, run=dying))
        result = await from_both(what, journal, segment)
        assert "fell silent" in result.stopped
        assert {r.attempt.vantage for r in journal.recorded("run")} == {"inside"}


async def test_a_watch_target_that_answered_here_before_and_is_silent_now_stops(
    segment: Segment, tmp_path: Path
) -> None:
    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        async with segment.server(greets) as vital:
            about = peer_only(watch=(WatchTarget(PEER_V4, vital),))
            assert (await survey(plan(tmp_path, about, (port,)), journal, segment)).stopped == ""
        later = await survey(plan(tmp_path, about, (port,)), journal, segment)
        assert "fell silent" in later.stopped


async def test_a_watch_target_that_may_not_be_asked_stops_with_the_reason(segment: Segment, tmp_path: Path) -> None:
    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        about = peer_only(tier=Tier.T1, watch=(WatchTarget(PEER_V4, port),))
        result = await survey(plan(tmp_path, about, (port,)), journal, segment)
        assert "can't be watched (needs T2, has T1)" in result.stopped
        assert journal.recorded("run") == ()


async def test_a_watch_target_that_turns_out_to_be_fragile_is_not_watched_any_longer(
    segment: Segment, tmp_path: Path
) -> None:
    """What the run learns of a device holds for the watch, too: beside an open DICOM port nothing further is sent."""
    with segment.inside(segment.peer).socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind((str(PEER_V4), DICOM))
        dicom = await asyncio.start_server(greets, sock=listening)
        async with segment.server(greets) as port, journal_of(tmp_path) as journal:
            about = peer_only(watch=(WatchTarget(PEER_V4, port),))
            result = await survey(plan(tmp_path, about, (DICOM,)), journal, segment)
            watched = [r for r in journal.ledger.rows("run") if r.kind is Entry.CONNECT and r.port == port]
        dicom.close()
    assert "can't be watched (needs T2, has T1" in result.stopped
    assert len(watched) == BASELINE_PROBES, "only before anything was known of it"


async def test_what_a_t1_host_was_asked_is_remembered(segment: Segment, tmp_path: Path) -> None:
    async with segment.server(greets) as port, journal_of(tmp_path) as journal:
        what = plan(tmp_path, peer_only(tier=Tier.T1), (port,))
        await survey(what, journal, segment)
        gate = Survey(what, journal, "run", Told())._gate(INSIDE, segment.namespace)
        assert gate._asked == {str(PEER_V4): {port}}
        assert gate.pacer.spent(str(PEER_V4)) >= 4


# --- before the first packet ---------------------------------------------------------------------------------------


def test_an_uncovered_include_is_refused_with_all_its_like() -> None:
    about = peer_only()
    wider = replace(about, scope=replace(about.scope, include=(ip_network("10.0.0.0/24"), ip_network("10.9.0.0/30"))))
    with pytest.raises(ScopeError, match=r"10\.0\.0\.0/24, 10\.9\.0\.0/30"):
        refuse_without_consent(Scope(wider, lab()), NOW)


def test_a_consent_to_something_else_is_refused_with_all_it_leaves_out() -> None:
    about = peer_only()
    capture = replace(about.consents[0], methods=frozenset({Method.CAPTURE, Method.DEVICE_LOGIN}))
    with pytest.raises(ScopeError, match=rf"method active .*{PEER_V4}") as refused:
        refuse_without_consent(Scope(replace(about, consents=(capture,)), lab()), NOW)
    assert "方法 active" in said("ja", refused.value.args[0])
    refuse_without_consent(Scope(replace(about, consents=(capture, *about.consents)), lab()), NOW)


def test_an_open_consent_to_something_else_opens_no_survey() -> None:
    about = peer_only()
    over = replace(about.consents[0], valid_until=about.consents[0].valid_from)
    capture = replace(about.consents[0], methods=frozenset({Method.CAPTURE}))
    with pytest.raises(ScopeError, match="valid"):
        refuse_without_consent(Scope(replace(about, consents=(over, capture)), lab()), NOW)


def test_no_valid_consent_is_refused() -> None:
    with pytest.raises(ScopeError, match="valid"):
        refuse_without_consent(Scope(peer_only(), lab()), NOW + timedelta(days=30))
    refuse_without_consent(Scope(peer_only(), lab()), NOW)


def test_targets_are_the_scopes_addresses_first() -> None:
    about = peer_only()
    assert targets(Scope(about, lab()), about) == (PEER_V4,)


def test_runs_sort_by_their_names() -> None:
    names = [run_id(NOW + timedelta(microseconds=n)) for n in (0, 1, 10**6)]
    assert names == sorted(names)
    assert service(PEER_V4, "tcp", 1)
