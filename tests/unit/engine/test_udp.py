"""UDP services: which are asked, on what devices, with what is known, and what is recorded where they are not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sekisho.gate.wire import Job, Wire
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import HoursWindow, Method
from sekisho.model.facts import HostAnswered, PortSeen, PortStatus
from sekisho.model.ledger import Entry
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.subjects import address_of, host, service
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from sekisho.registry import COMMUNITY, Scanner, Stage
from sekisho.scope import Scope
from tests.property.engagements import device
from tests.property.paces import lab
from tests.unit.engine.scanners import PATIENT, USUAL, Ward, served, ward

pytestmark = pytest.mark.timeout(40)


class _Echo(asyncio.DatagramProtocol):
    """Answers every datagram with itself."""

    transport: asyncio.DatagramTransport

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.transport.sendto(data, addr)


@asynccontextmanager
async def echoing() -> AsyncIterator[int]:
    """Answer on one free UDP port of the loopback host."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(_Echo, (str(PATIENT), 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


async def ask(job: Job, wire: Wire) -> None:
    await wire.ask(job.target, b"are you there")


def read_udp(transcript: Transcript) -> Reading:
    address = address_of(transcript.subject)
    assert address is not None
    if not any(e.kind is EventKind.DATAGRAM_RECEIVED for e in transcript.events):
        return Reading(Outcome.TIMEOUT)
    facts = ((host(address), HostAnswered("udp")), (transcript.subject, PortSeen(PortStatus.OPEN, "connect")))
    return Reading(Outcome.OK, facts)


def tunnels(*ports: int) -> Scanner:
    return Scanner(
        "tunnels", 1, Stage.EXAMINE, Tier.T2, 0, 1, (), ask, read_udp, lambda v: v.may_be_gateway,
        transport="udp", udp_ports=ports,
    )  # fmt: skip


def udp(port: int) -> str:
    return service(PATIENT, "udp", port)


def room_for(folder: Path, scanner: Scanner, *, tier: Tier = Tier.T3, tcp: int = 9, **rows: Any) -> Ward:
    """Build a survey with one UDP scanner; rows: category of the host's register row, excluded UDP port."""
    pace = lab(t1_ports=(tcp,), t2_ports=(), open_per_host=1, read_timeout_s=0.2, budget=(None, None, None))
    room = ward(folder, (*USUAL, scanner), tier=tier, pace=pace)
    whole = room.kit.engagement
    if "category" in rows:
        whole = replace(whole, devices=(device(rows["category"], addresses=(PATIENT,)),))
    if "excluded" in rows:
        whole = replace(whole, scope=replace(whole.scope, exclude_ports=frozenset({rows["excluded"]})))
    room.kit.engagement = whole
    room.kit.scope = room.post.gate.scope = Scope(whole, room.kit.pace)
    return room


def of_udp(room: Ward) -> list[tuple[str, Outcome]]:
    return [(subject, outcome) for scanner, subject, outcome in room.attempts() if scanner == "tunnels"]


def datagrams(room: Ward) -> list[int]:
    return [r.port for r in room.journal.ledger.rows("run") if r.kind is Entry.DATAGRAM]


async def test_each_port_is_asked_although_the_host_showed_nothing_else(tmp_path: Path) -> None:
    async with echoing() as port:
        room = room_for(tmp_path, tunnels(port, port + 1 if port < 65000 else port - 1))
        await room.survey()
    (first, said), (_, other) = of_udp(room)
    assert (first, said) == (udp(port), Outcome.OK)
    assert other is not Outcome.OK
    assert len(datagrams(room)) == 2
    room.close()


async def test_a_later_port_learns_which_ones_have_answered(tmp_path: Path) -> None:
    async with echoing() as one, echoing() as two:
        room = room_for(tmp_path, tunnels(one, two))
        await room.survey()
    told = []
    for recorded in room.journal.recorded("run"):
        if recorded.attempt.scanner == "tunnels":
            raw = room.journal.evidence.get(recorded.attempt.evidence[0])
            told.append(Transcript.from_bytes(raw).options)
    assert told == [{"answered": []}, {"answered": [one]}]
    room.close()


@pytest.mark.parametrize(("category", "asked"), [("network", 1), ("", 1), ("pc", 0), ("server", 0), ("printer", 0)])
async def test_tunnels_are_asked_of_gateways_alone(tmp_path: Path, category: str, asked: int) -> None:
    room = room_for(tmp_path, tunnels(4500), category=category)
    await room.survey()
    assert len(datagrams(room)) == asked
    assert len(of_udp(room)) == asked
    room.close()


async def test_a_tier_that_forbids_it_is_recorded_for_a_declared_device(tmp_path: Path) -> None:
    room = room_for(tmp_path, tunnels(500, 4500), tier=Tier.T1, category="network")
    await room.survey()
    assert of_udp(room) == [(udp(500), Outcome.SKIPPED_BY_TIER), (udp(4500), Outcome.SKIPPED_BY_TIER)]
    assert datagrams(room) == []
    room.close()


async def test_of_an_address_that_is_most_likely_nobodys_nothing_is_recorded(tmp_path: Path) -> None:
    room = room_for(tmp_path, tunnels(500), tier=Tier.T1)
    hosts = room.kit.scanners["hosts"]
    quiet = {"hosts": replace(hosts, read=lambda _: Reading(Outcome.TIMEOUT))}
    silent = {"ports": replace(room.kit.scanners["ports"], read=lambda _: Reading(Outcome.TIMEOUT))}
    room.kit.scanners = {**room.kit.scanners, **quiet, **silent}
    await room.survey()
    assert of_udp(room) == []
    room.close()


async def test_an_excluded_port_is_recorded_and_not_asked(tmp_path: Path) -> None:
    room = room_for(tmp_path, tunnels(500, 4500), excluded=500)
    await room.survey()
    assert of_udp(room)[0] == (udp(500), Outcome.SKIPPED_BY_SCOPE)
    assert datagrams(room) == [4500]
    room.close()


@pytest.mark.parametrize(("community", "sent"), [(None, 0), (b"hospital", 1)])
async def test_a_scanner_with_a_secret_asks_only_with_it(tmp_path: Path, community: bytes | None, sent: int) -> None:
    def declared(view: ServiceView) -> bool:
        return COMMUNITY in view.settings

    room = room_for(tmp_path, replace(tunnels(161), secret=COMMUNITY, applies=declared))
    room.kit.community = {PATIENT: community}
    await room.survey()
    assert len(datagrams(room)) == sent
    assert [o for _, o in of_udp(room)] == [Outcome.TIMEOUT if sent else Outcome.NOT_TRIED]
    room.close()


async def test_where_every_tcp_port_accepts_no_datagram_is_sent(tmp_path: Path) -> None:
    async with served(10) as ports:
        room = room_for(tmp_path, tunnels(500))
        room.kit.pace = replace(room.kit.pace, t1_ports=ports)
        await room.survey()
    assert datagrams(room) == []
    room.close()


def consenting(room: Ward, *, hours: tuple[HoursWindow, ...] | None = None, days: int = 0) -> None:
    """Have the first consent name `active` alone, and a second one the other method for so many days, if any.

    hours: None for those of the first.
    """
    first = replace(room.kit.engagement.consents[0], methods=frozenset({Method.ACTIVE}))
    named = replace(
        first, methods=frozenset({Method.SNMP_DEFAULT_COMMUNITY}), hours=first.hours if hours is None else hours,
        max_tier=Tier.T3, valid_until=first.valid_from + timedelta(days=days),
    )  # fmt: skip
    room.kit.engagement = replace(room.kit.engagement, consents=(first, *([named] if days else [])))
    room.kit.scope = room.post.gate.scope = Scope(room.kit.engagement, room.kit.pace)


BY_NAME = replace(tunnels(161), method=Method.SNMP_DEFAULT_COMMUNITY)


async def test_what_no_consent_names_is_neither_asked_nor_recorded(tmp_path: Path) -> None:
    room = room_for(tmp_path, BY_NAME)
    consenting(room)
    await room.survey()
    assert (datagrams(room), of_udp(room)) == ([], [])
    room.close()


async def test_what_a_consent_names_is_asked(tmp_path: Path) -> None:
    room = room_for(tmp_path, BY_NAME)
    consenting(room, days=999)
    await room.survey()
    assert datagrams(room) == [161]
    assert len(of_udp(room)) == 1
    room.close()


async def test_a_naming_consent_that_is_over_or_closed_holds_up_nothing_else(tmp_path: Path) -> None:
    for number, (hours, days) in enumerate(((None, -1), ((), 999))):
        folder = tmp_path / str(number)
        folder.mkdir()
        room = room_for(folder, BY_NAME)
        consenting(room, hours=hours, days=days)
        await room.survey()
        assert (datagrams(room), of_udp(room), room.kit.postponed) == ([], [], [])
        room.close()


async def test_a_generous_consent_by_name_lifts_no_tier(tmp_path: Path) -> None:
    room = room_for(tmp_path, replace(BY_NAME, applies=lambda view: view.tier >= Tier.T2), tier=Tier.T1)
    consenting(room, days=999)
    await room.survey()
    assert (datagrams(room), of_udp(room)) == ([], [])
    room.close()
