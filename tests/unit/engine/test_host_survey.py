"""The survey of one host: order, tiers, what is skipped and why, and where it stops on its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from sekisho.engine.knowledge import HostKnowledge
from sekisho.gate.pacing import ConsentClosed, Pacer, Stopped
from sekisho.gate.wire import Job, Wire
from sekisho.model.artefacts import BANNED, FELL_SILENT
from sekisho.model.attempts import Outcome
from sekisho.model.facts import PortStatus
from sekisho.model.fragility import FragilityBy, FragilityRule
from sekisho.model.ledger import Entry
from sekisho.model.observations import Reading
from sekisho.model.subjects import host, service
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner, Stage
from sekisho.scope import Scope
from sekisho.store.journal import Journal
from tests.property.engagements import device
from tests.property.paces import lab
from tests.unit.engine.scanners import (
    CRASHING,
    GREETING,
    HOSTS,
    LATER,
    MAC,
    PATIENT,
    PORTS,
    USUAL,
    Ward,
    close_port,
    look_for_host,
    read_greeting,
    scanner,
    served,
    ward,
)

pytestmark = pytest.mark.timeout(40)
CLOSED = 9
DICOM = 11112
SECOND = ip_address("127.0.0.78")


def pace_with(*t1: int, t2: tuple[int, ...] = (), opened: int = 20) -> object:
    return lab(t1_ports=t1, t2_ports=t2, open_per_host=opened, read_timeout_s=0.3, budget=(None, None, None))


def tcp(port: int) -> str:
    return service(PATIENT, "tcp", port)


def connects(bench: Ward) -> list[int]:
    return [r.port for r in bench.journal.ledger.rows("run") if r.kind is Entry.CONNECT]


@pytest.mark.parametrize("opened", [1, 20])
async def test_host_then_ports_then_services(tmp_path: Path, opened: int) -> None:
    async with served(2) as ports:
        room = ward(tmp_path, pace=pace_with(*ports, CLOSED, t2=(10,), opened=opened))  # type: ignore[arg-type]
        await room.survey()
    stages = [scanner for scanner, _, _ in room.attempts()]
    assert stages[:3] == ["hosts", "ports", "ports"]
    assert sorted(stages[3:]) == ["greeting"] * 2 + ["later"] * 2
    for port in ports:
        assert stages.index("greeting") < room.attempts().index(("later", tcp(port), Outcome.OK))
    assert {o for _, _, o in room.attempts()} == {Outcome.OK}
    room.close()


async def test_a_t1_host_gets_single_connects_and_nothing_else(tmp_path: Path) -> None:
    async with served(1) as (port,):
        room = ward(tmp_path, tier=Tier.T1, pace=pace_with(port, CLOSED, t2=(10, 11)))  # type: ignore[arg-type]
        await room.survey()
    assert room.attempts() == [
        ("hosts", host(PATIENT), Outcome.OK),
        ("ports", tcp(port), Outcome.OK),
        ("ports", tcp(CLOSED), Outcome.OK),
        ("greeting", tcp(port), Outcome.SKIPPED_BY_TIER),
    ]
    assert connects(room) == [port, CLOSED]
    assert Entry.PAYLOAD not in [r.kind for r in room.journal.ledger.rows("run")]
    room.close()


async def test_a_t0_host_gets_nothing(tmp_path: Path) -> None:
    room = ward(tmp_path, tier=Tier.T0, pace=pace_with(80))  # type: ignore[arg-type]
    await room.survey()
    assert room.attempts() == [("hosts", host(PATIENT), Outcome.SKIPPED_BY_TIER)]
    assert list(room.journal.ledger.rows("run")) == []
    room.close()


async def test_a_mac_that_lowers_the_tier_comes_before_the_first_ip_packet(tmp_path: Path) -> None:
    rule = FragilityRule(FragilityBy.OUI, MAC.replace(":", "")[:6], Tier.T0, "test")
    room = ward(tmp_path, pace=pace_with(80), fragility=[rule])  # type: ignore[arg-type]
    await room.survey()
    assert room.attempts() == [
        ("hosts", host(PATIENT), Outcome.OK),
        ("ports", host(PATIENT), Outcome.SKIPPED_BY_TIER),
    ]
    assert connects(room) == []
    room.close()


@pytest.mark.parametrize("tier", [Tier.T1, Tier.T3], ids=str)
async def test_beside_an_open_dicom_port_a_host_gets_no_more_than_t1_does(tmp_path: Path, tier: Tier) -> None:
    async with served(1, port=DICOM), served(2) as (before, after):
        pace = pace_with(before, DICOM, after, t2=(10,)) if tier is Tier.T1 else pace_with(before, DICOM, t2=(after,))
        room = ward(tmp_path, tier=tier, pace=pace)  # type: ignore[arg-type]
        await room.survey()
    asked = [before, DICOM, after] if tier is Tier.T1 else [before, DICOM]
    assert connects(room) == asked, "T1: each port once; T3: the further ports are left alone"
    outcomes = {(s, subject): o for s, subject, o in room.attempts()}
    assert outcomes["greeting", tcp(before)] is Outcome.SKIPPED_BY_TIER
    assert outcomes["greeting", tcp(DICOM)] is Outcome.SKIPPED_BY_TIER
    if tier is Tier.T3:
        assert outcomes["ports", host(PATIENT)] is Outcome.SKIPPED_BY_TIER
    room.close()


@pytest.mark.parametrize("shown", ["by the register", "by a MAC"])
async def test_an_open_dicom_port_counts_for_every_address_of_the_device(tmp_path: Path, shown: str) -> None:
    silent = scanner("hosts", Stage.HOST, look_for_host, read_greeting, tier=Tier.T1)
    async with served(1, port=DICOM), served(1, address=SECOND) as (port,):
        by = (silent, *USUAL[1:]) if shown == "by the register" else USUAL
        room = ward(tmp_path, by, pace=pace_with(DICOM, t2=(port,)))  # type: ignore[arg-type]
        if shown == "by the register":
            whole = replace(room.kit.engagement, devices=(device("server", addresses=(SECOND, PATIENT)),))
            room.kit.scope = room.post.gate.scope = Scope(whole, room.kit.pace)
            await asyncio.gather(room.survey(PATIENT), room.survey(SECOND))
        else:
            await room.survey(PATIENT)
            await room.survey(SECOND)
    assert connects(room) == [DICOM, DICOM], "the T1 ports of each address, and nothing further"
    room.close()


async def test_a_t1_device_with_two_addresses_that_only_its_mac_joins_is_asked_each_port_once(tmp_path: Path) -> None:
    room = ward(tmp_path, (HOSTS, PORTS), tier=Tier.T1, pace=pace_with(CLOSED, 10))  # type: ignore[arg-type]
    for address in (PATIENT, SECOND):
        await room.survey(address)
    assert connects(room) == [CLOSED, 10]
    left = [(subject, o) for s, subject, o in room.attempts() if s == "ports" and str(SECOND) in subject]
    assert left == [(service(SECOND, "tcp", p), Outcome.NOT_TRIED) for p in (CLOSED, 10)]
    assert [s for s, _, _ in room.attempts()].count("hosts") == 2, "ports that nobody asked are no silence to look into"
    room.close()


async def test_an_open_fragile_port_lowers_the_tier_for_what_comes_next(tmp_path: Path) -> None:
    async with served(3) as (fragile, other, further):
        rule = FragilityRule(FragilityBy.PORT, str(fragile), Tier.T1, "test")
        pace = pace_with(fragile, other, t2=(further,))
        room = ward(tmp_path, pace=pace, fragility=[rule])  # type: ignore[arg-type]
        await room.survey()
    assert connects(room) == [fragile, other], "the further ports are for T2; the services are left alone"
    assert {o for s, _, o in room.attempts() if s == "greeting"} == {Outcome.SKIPPED_BY_TIER}
    room.close()


async def test_what_was_asked_before_a_device_was_known_to_be_fragile_is_not_asked_again(tmp_path: Path) -> None:
    """Another vantage, or another address, may tell it between two parts of a run."""
    async with served(2) as ports:
        rule = FragilityRule(FragilityBy.PORT, str(DICOM), Tier.T1, "test")
        pace = pace_with(*ports, t2=(10,))
        room = ward(tmp_path, (HOSTS, PORTS), pace=pace, fragility=[rule])  # type: ignore[arg-type]
        await room.survey()
        before = connects(room)
        room.close()
        room = ward(tmp_path, pace=pace, fragility=[rule])  # type: ignore[arg-type]
        told = HostKnowledge(SECOND, macs={MAC}, ports={DICOM: PortStatus.OPEN})
        room.kit.devices.learn(room.kit.scope.host_of(SECOND), told)
        await room.survey()
    assert sorted(before) == sorted((*ports, 10))
    assert connects(room) == before
    left = [(s, o) for s, _, o in room.attempts() if s in {"ports", "greeting"}]
    assert left == [*[("ports", Outcome.OK)] * 2, *[("greeting", Outcome.SKIPPED_BY_TIER)] * 2]
    room.close()


async def test_a_kill_between_first_contact_and_ports_hides_no_untouchable_device(tmp_path: Path) -> None:
    async def killed(job: Job, wire: Wire) -> None:
        raise Stopped

    rule = FragilityRule(FragilityBy.OUI, MAC.replace(":", "")[:6], Tier.T0, "test")
    room = ward(tmp_path, (HOSTS, replace(PORTS, run=killed)), pace=pace_with(CLOSED))  # type: ignore[arg-type]
    with pytest.raises(Stopped):
        await room.survey()
    room.close()
    room = ward(tmp_path, pace=pace_with(CLOSED), fragility=[rule])  # type: ignore[arg-type]
    room.kit.devices.learn(room.kit.scope.host_of(PATIENT), HostKnowledge(PATIENT, macs={MAC}))
    await room.survey()
    assert [(s, o) for s, _, o in room.attempts()] == [("hosts", Outcome.OK), ("ports", Outcome.SKIPPED_BY_TIER)]
    assert connects(room) == []
    room.close()


async def test_a_t1_port_that_forbids_even_t1_ends_the_asking(tmp_path: Path) -> None:
    async with served(2) as (fragile, other):
        rule = FragilityRule(FragilityBy.PORT, str(fragile), Tier.T0, "test")
        room = ward(tmp_path, tier=Tier.T1, pace=pace_with(fragile, other), fragility=[rule])  # type: ignore[arg-type]
        await room.survey()
    assert connects(room) == [fragile]
    assert ("ports", tcp(other), Outcome.SKIPPED_BY_TIER) in room.attempts()
    room.close()


async def test_a_silent_host_is_not_asked_further(tmp_path: Path) -> None:
    quiet = replace(HOSTS, read=lambda _: HOSTS.read(_).__class__(Outcome.TIMEOUT))
    room = ward(tmp_path, (quiet, PORTS), pace=pace_with(t2=(10, 11)))  # type: ignore[arg-type]
    await room.survey()
    assert connects(room) == []
    room.close()


async def test_a_host_that_is_gone_is_left_alone(tmp_path: Path) -> None:
    gone = replace(HOSTS, read=lambda _: HOSTS.read(_).__class__(Outcome.HOST_GONE))
    room = ward(tmp_path, (gone, PORTS), pace=pace_with(80))  # type: ignore[arg-type]
    await room.survey()
    assert room.attempts() == [("hosts", host(PATIENT), Outcome.HOST_GONE)]
    room.close()


async def test_an_excluded_port_is_recorded_and_not_asked(tmp_path: Path) -> None:
    async with served(1) as (port,):
        room = ward(tmp_path, pace=pace_with(port, CLOSED))  # type: ignore[arg-type]
        whole = room.kit.engagement
        rules = replace(whole.scope, exclude_ports=frozenset({port}))
        room.kit.scope = room.post.gate.scope = Scope(replace(whole, scope=rules), room.kit.pace)
        await room.survey()
    assert ("ports", tcp(port), Outcome.SKIPPED_BY_SCOPE) in room.attempts()
    assert connects(room) == [CLOSED]
    room.close()


async def test_an_address_outside_the_scope_is_recorded(tmp_path: Path) -> None:
    from ipaddress import ip_address  # noqa: PLC0415 - only here

    room = ward(tmp_path)
    await room.survey(ip_address("203.0.113.5"))
    assert [o for _, _, o in room.attempts()] == [Outcome.SKIPPED_BY_SCOPE]
    room.close()


@pytest.mark.parametrize("opened", [1, 20])
async def test_a_crash_is_recorded_and_the_others_go_on(tmp_path: Path, opened: int) -> None:
    """A connection that the crash left open once kept the host's only place for ever."""
    async with served(2) as ports:
        pace = pace_with(*ports, opened=opened)
        room = ward(tmp_path, (*USUAL, CRASHING), pace=pace)  # type: ignore[arg-type]
        await room.survey()
    outcomes = [o for s, _, o in room.attempts() if s == "crashing"]
    assert outcomes == [Outcome.TOOL_ERROR] * 2
    assert [o for s, _, o in room.attempts() if s == "later"] == [Outcome.OK] * 2
    assert len(room.workshop.tool_errors) == 2
    room.close()


async def test_more_services_than_places_are_all_examined(tmp_path: Path) -> None:
    async with served(6) as ports:
        room = ward(tmp_path, pace=pace_with(*ports, opened=2))  # type: ignore[arg-type]
        await room.survey()
    assert [o for s, _, o in room.attempts() if s == "greeting"] == [Outcome.OK] * 6
    room.close()


async def test_a_consent_that_closes_stops_when_no_other_is_open(tmp_path: Path) -> None:
    room = ward(tmp_path, pace=pace_with(80))  # type: ignore[arg-type]
    room.post.clock[0] += timedelta(days=400)
    with pytest.raises(Stopped):
        await room.survey()
    assert room.attempts() == []
    room.close()


async def test_a_host_whose_consent_closed_is_postponed_while_others_go_on(tmp_path: Path) -> None:
    """One administrator's hours must not end the survey of what another one agreed to."""
    from ipaddress import ip_network  # noqa: PLC0415 - only here

    async with served(1) as (port,):
        room = ward(tmp_path, pace=pace_with(port))  # type: ignore[arg-type]
        whole = room.kit.engagement
        (consent,) = whole.consents
        patients = replace(consent, covers=(ip_network(f"{PATIENT}/32"),), valid_until=consent.valid_from)
        others = replace(consent, covers=(ip_network("127.0.1.0/24"),))
        room.kit.scope = room.post.gate.scope = Scope(replace(whole, consents=(patients, others)), room.kit.pace)
        await room.survey()
    assert room.attempts() == []
    assert room.kit.postponed
    assert str(PATIENT) in room.kit.postponed[0]
    assert room.post.gate.stopped == ""
    room.close()


async def test_the_gate_alone_also_postpones(tmp_path: Path) -> None:
    room = ward(tmp_path)
    with pytest.raises(ConsentClosed):
        room.post.gate.consent_closed(PATIENT)
    room.close()


@pytest.mark.parametrize("tier", [Tier.T1, Tier.T2])
async def test_a_host_where_every_port_accepts_is_asked_nothing_further(tmp_path: Path, tier: Tier) -> None:
    async with served(10) as ports:
        room = ward(tmp_path, tier=tier, pace=pace_with(*ports, t2=(CLOSED,)))  # type: ignore[arg-type]
        quick = Pacer(room.post.gate.pace)
        quick._may_open = lambda *_: True  # type: ignore[method-assign]  # ten seconds of T1 spacing teach nothing here
        room.post.gate.pacer = quick
        await room.survey()
    assert connects(room) == list(ports)
    assert room.attempts()[-1] == ("ports", host(PATIENT), Outcome.MIDDLEBOX)
    assert "greeting" not in {scanner for scanner, _, _ in room.attempts()}
    room.close()


async def test_a_closed_port_among_ten_makes_them_services(tmp_path: Path) -> None:
    async with served(10) as ports:
        room = ward(tmp_path, pace=pace_with(*ports, CLOSED))  # type: ignore[arg-type]
        await room.survey()
    assert [s for s, _, _ in room.attempts()].count("greeting") == 10
    room.close()


async def test_a_host_that_says_it_bans_us_is_given_up(tmp_path: Path) -> None:
    def banned(_: Transcript) -> Reading:
        return Reading(Outcome.HOST_GONE, (), f"{BANNED}the service says so")

    scanners = (HOSTS, PORTS, replace(GREETING, read=banned), LATER)
    async with served(3) as ports:
        room = ward(tmp_path, scanners, pace=pace_with(*ports, CLOSED, opened=1))  # type: ignore[arg-type]
        await room.survey()
    greetings = [outcome for scanner, _, outcome in room.attempts() if scanner == "greeting"]
    assert greetings == [Outcome.HOST_GONE, Outcome.NOT_TRIED, Outcome.NOT_TRIED]
    assert room.attempts()[-1] == ("ports", host(PATIENT), Outcome.NOT_TRIED)
    assert len(connects(room)) == 5
    details = {r.attempt.detail for r in room.journal.recorded("run") if r.attempt.outcome is Outcome.NOT_TRIED}
    assert details == {f"{BANNED}the service says so"}
    room.close()


async def test_a_host_whose_time_is_used_up_is_left_unknown(tmp_path: Path) -> None:
    async with served(2) as ports:
        pace = lab(t1_ports=(*ports, CLOSED), t2_ports=(), open_per_host=1, budget=(None, None, None), host_s=0.1)
        room = ward(tmp_path, pace=pace)
        await room.survey()
    last = [r.attempt for r in room.journal.recorded("run")][-1]
    assert (last.scanner, last.subject, last.outcome) == ("ports", host(PATIENT), Outcome.NOT_TRIED)
    assert last.detail == "time limit of 0.1 s for one host is used up"
    room.close()


async def test_a_host_that_goes_away_with_too_little_left_to_ask_is_given_up(tmp_path: Path) -> None:
    async with served(1) as (port,):
        room = ward(tmp_path, (HOSTS, PORTS, _leaving(port)), pace=pace_with(port))  # type: ignore[arg-type]
        await room.survey()
    assert len(connects(room)) == 4, "its port, its greeting, and a last look that counts up to three refusals"
    last = [r.attempt for r in room.journal.recorded("run")][-1]
    assert (last.subject, last.outcome) == (host(PATIENT), Outcome.NOT_TRIED)
    assert last.detail == f"{BANNED}ports that were open are refused, 3 times in a row"
    assert [str(PATIENT) in told for told in room.kit.lost] == [True]
    room.close()


async def test_one_service_that_breaks_at_the_end_is_no_lost_host(tmp_path: Path) -> None:
    async with served(2) as ports:
        pace = pace_with(*ports, opened=1)
        room = ward(tmp_path, (HOSTS, PORTS, _leaving(max(ports))), pace=pace)  # type: ignore[arg-type]
        await room.survey()
        assert room.kit.lost == []
        assert connects(room)[-1] == min(ports), "another port tells whether the host is there"
        before = connects(room)
        await room.survey()
        assert connects(room) == before, "once settled it is not asked again"
    room.close()


def _leaving(port: int) -> Scanner:
    """Greet; one service is closed before its greeting is asked for."""

    async def leave(job: Job, wire: Wire) -> None:
        if job.target.port == port:
            close_port(PATIENT, port)
        await GREETING.run(job, wire)

    return replace(GREETING, run=leave)


NEVER_OPEN = (9, 10, 11, 12, 13)


class Neighbour:
    """A device on our own segment that can be switched off: what it is asked then is in vain."""

    def __init__(self) -> None:
        self.on = True
        self.looks = 0

    def scanners(self, off_after: int = 0) -> tuple[Scanner, Scanner]:
        async def look(job: Job, wire: Wire) -> None:
            self.looks += 1
            wire.note("there" if self.on else "away")

        def heard(transcript: Transcript) -> Reading:
            return HOSTS.read(transcript) if "there" in transcript.notes() else Reading(Outcome.HOST_GONE)

        async def ask(job: Job, wire: Wire) -> None:
            wire.note("there" if self.on else "away")
            await PORTS.run(job, wire)
            self.on = self.on and job.target.port != off_after

        def seen(transcript: Transcript) -> Reading:
            return PORTS.read(transcript) if "there" in transcript.notes() else Reading(Outcome.TIMEOUT)

        return replace(HOSTS, run=look, read=heard), replace(PORTS, run=ask, read=seen)


async def test_a_t1_host_cut_off_halfway_is_asked_the_rest_on_resuming(tmp_path: Path) -> None:
    device_ = Neighbour()
    hosts, ports = device_.scanners(off_after=9)
    room = ward(tmp_path, (hosts, ports), tier=Tier.T1, pace=pace_with(*NEVER_OPEN))  # type: ignore[arg-type]
    await room.survey()
    assert connects(room) == [9, 10, 11, 12], "after three in vain we look whether it is still a neighbour"
    assert device_.looks == 1 + 2
    assert PATIENT in room.post.gate.fell_silent
    assert [str(PATIENT) in told for told in room.kit.lost] == [True]
    room.close()
    device_.on = True
    room = ward(tmp_path, (hosts, ports), tier=Tier.T1, pace=pace_with(*NEVER_OPEN))  # type: ignore[arg-type]
    await room.survey()
    assert connects(room) == [9, 10, 11, 12, 13], "what was not asked yet, and nothing twice"
    assert (device_.looks, room.kit.lost) == (1 + 2 + 1, [])
    room.close()


async def test_a_t1_host_that_stays_away_is_not_asked_into_the_void(tmp_path: Path) -> None:
    device_ = Neighbour()
    hosts, ports = device_.scanners(off_after=9)
    for _ in range(2):
        room = ward(tmp_path, (hosts, ports), tier=Tier.T1, pace=pace_with(*NEVER_OPEN))  # type: ignore[arg-type]
        await room.survey()
        assert connects(room) == [9, 10, 11, 12]
        assert [str(PATIENT) in told for told in room.kit.lost] == [True]
        room.close()
    rows = [r.attempt for r in Journal(tmp_path).recorded("run")]
    assert {(a.subject, a.outcome) for a in rows if a.detail.startswith(FELL_SILENT)} == {
        (host(PATIENT), Outcome.INTERRUPTED), (host(PATIENT), Outcome.NOT_TRIED), (tcp(13), Outcome.NOT_TRIED),
    }  # fmt: skip


@pytest.mark.parametrize("away_after", [0, 12])
async def test_a_t1_host_is_looked_for_only_where_ports_stay_silent(tmp_path: Path, away_after: int) -> None:
    device_ = Neighbour()
    hosts, ports = device_.scanners(off_after=away_after)
    room = ward(tmp_path, (hosts, ports), tier=Tier.T1, pace=pace_with(*NEVER_OPEN))  # type: ignore[arg-type]
    await room.survey()
    assert connects(room) == list(NEVER_OPEN)
    assert device_.looks == (1 + 2 if away_after else 1), "at the end as well"
    assert len(room.kit.lost) == bool(away_after)
    room.close()
