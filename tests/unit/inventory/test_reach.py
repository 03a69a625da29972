"""A reset sent by a filter in between is no answer of a device (docs/topics.md, "seen")."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest

from sekisho.inventory.reach import FORGED_FROM
from sekisho.model.attempts import SILENT_ON_LINK, Outcome
from sekisho.model.engagement import RowState, ScopeRules
from sekisho.model.facts import Fact, HostAnswered, LineMatch, PortSeen, PortStatus, RegisterMatch
from sekisho.model.subjects import host
from sekisho.model.transcript import Event, EventKind
from tests.unit.inventory.worlds import T0, World, device, line, ssh, world

CLOSED = PortSeen(PortStatus.CLOSED, "connect")
OPEN = PortSeen(PortStatus.OPEN, "connect")
FILTERED = PortSeen(PortStatus.FILTERED, "connect")
ABSENT = "192.0.2.1"


def refuse(made: World, address: str, *more: Fact, vantage: str = "management") -> World:
    ports: dict[str, Fact] = {f"service:{address}/tcp/{port}": CLOSED for port in (22, 443)}
    return made.saw(f"host:{address}", HostAnswered("tcp"), *more, vantage=vantage, about=ports)


def neighbours(made: World, count: int, network: str = "192.0.2.") -> World:
    for number in range(100, 100 + count):
        refuse(made, f"{network}{number}")
    return made


def registered(**cells: object) -> World:
    return refuse(world(devices=(device("A", ABSENT, **cells),)), ABSENT)


def match(made: World, address: str = ABSENT) -> RegisterMatch:
    (seen,) = made.inventory().index.of(RegisterMatch, host(ip_address(address)))
    return seen.value


def test_one_quiet_device_that_refuses_everything_is_seen_by_refusals_alone() -> None:
    found = match(registered())
    assert (found.observed, found.asked, found.by_refusal) == (True, True, True)


@pytest.mark.parametrize(("count", "seen"), [(FORGED_FROM - 1, True), (FORGED_FROM, False)])
def test_many_unregistered_addresses_that_only_refuse_make_the_segment_doubtful(count: int, *, seen: bool) -> None:
    made = neighbours(registered(), count)
    taken = made.inventory()
    found = match(made)
    assert (found.observed, found.asked, found.by_refusal) == (seen, seen, seen)
    assert len(taken.assets) == 1 + (count if seen else 0)
    assert {s: len(a) for s, a in taken.reach.in_between.items()} == ({} if seen else {"192.0.2.0/24": count + 1})


def test_a_retired_device_behind_such_a_filter_is_neither_alive_nor_silent() -> None:
    found = match(neighbours(registered(state=RowState.DISPOSED), FORGED_FROM))
    assert (found.observed, found.asked) == (False, False)


@pytest.mark.parametrize(
    "sign",
    [HostAnswered("icmp"), HostAnswered("arp", "02:00:00:00:00:01"), HostAnswered("udp"), ssh()],
    ids=["echo", "ARP", "UDP", "service"],
)
def test_any_other_sign_of_life_keeps_a_device_seen(sign: Fact) -> None:
    made = neighbours(world(devices=(device("A", ABSENT),)), FORGED_FROM)
    where = f"host:{ABSENT}" if isinstance(sign, HostAnswered) else f"service:{ABSENT}/tcp/22"
    found = match(refuse(made, ABSENT).saw(where, sign, vantage="guest"))
    assert (found.observed, found.asked, found.by_refusal) == (True, True, False)


def test_devices_with_another_sign_of_life_do_not_count() -> None:
    made = registered()
    for number in range(100, 100 + 2 * FORGED_FROM):
        refuse(made, f"192.0.2.{number}", HostAnswered("icmp"))
    assert match(made).observed


def test_a_filter_in_one_segment_says_nothing_of_another() -> None:
    nets = tuple(ip_network(n) for n in ("192.0.2.0/25", "192.0.2.128/25"))
    made = refuse(world(devices=(device("A", ABSENT),), scope=ScopeRules(include=nets)), ABSENT)
    for number in range(200, 200 + FORGED_FROM):
        refuse(made, f"192.0.2.{number}")
    assert match(made).observed
    assert set(made.inventory().reach.in_between) == {"192.0.2.128/25"}


def test_registered_devices_that_refuse_are_no_proof_against_themselves() -> None:
    rows = tuple(device(str(n), f"192.0.2.{n}") for n in range(1, 20))
    made = world(devices=rows)
    for n in range(1, 20):
        refuse(made, f"192.0.2.{n}")
    assert match(made).observed


def test_filtered_ports_beside_the_refused_ones_change_nothing() -> None:
    made = neighbours(registered(), FORGED_FROM)
    made.saw(f"service:{ABSENT}/tcp/80", FILTERED, outcome=Outcome.FILTERED)
    assert not match(made).observed


def test_a_place_that_saw_resets_of_a_filter_alone_is_not_proved_to_work() -> None:
    made = world()
    for number in range(100, 100 + FORGED_FROM):
        refuse(made, f"192.0.2.{number}", vantage="guest")
    made.open("service:192.0.2.1/tcp/22")
    assert made.inventory().reach.working == {"management"}


def test_the_end_of_a_line_is_held_to_the_same() -> None:
    made = refuse(world(lines=(line("L-1", ABSENT, "K1"),)), ABSENT)
    for observed in (True, False):
        (found,) = made.inventory().index.every(LineMatch)
        assert (found.value.observed, found.value.asked, found.value.by_refusal) == (observed,) * 3
        neighbours(made, FORGED_FROM)


def silent_on_link(
    made: World, address: str = ABSENT, *, vantage: str = "guest", minutes: int = 0, frames: int = 2
) -> World:
    at, subject = T0 + timedelta(minutes=minutes), host(ip_address(address))
    made.saw(subject, vantage=vantage, outcome=Outcome.HOST_GONE, scanner="other", minutes=minutes)
    made.attempts[-1] = replace(made.attempts[-1], at=at, detail=SILENT_ON_LINK)
    (evidence,) = made.attempts[-1].evidence
    events = (Event(0, EventKind.FRAME_SENT, data=b"?"),) * frames
    made.transcripts[evidence] = replace(made.transcripts[evidence], events=events)
    return made


def test_resets_of_an_address_that_is_silent_on_its_own_segment_are_forged() -> None:
    made = silent_on_link(registered())
    found = match(made)
    assert (found.observed, found.asked) == (False, True), "its own segment has shown that nobody is there"
    unknown = silent_on_link(refuse(world(), ABSENT)).inventory()
    assert (unknown.assets, unknown.reach.in_between) == ((), {})


def test_who_was_deceived_once_is_not_believed_about_the_neighbours() -> None:
    made = silent_on_link(refuse(neighbours(registered(), 1), "192.0.2.200", vantage="external"))
    taken = made.inventory()
    assert taken.reach.in_between == {"192.0.2.0/24": (ip_address("192.0.2.100"),)}
    assert ip_address("192.0.2.200") in taken.reach.seen, "another vantage saw that one refuse"


@pytest.mark.parametrize(
    "made",
    [
        silent_on_link(registered(), minutes=16),
        silent_on_link(registered(), vantage="management"),
        refuse(silent_on_link(registered()), ABSENT, vantage="guest"),
        silent_on_link(registered()).saw(f"host:{ABSENT}", HostAnswered("icmp")),
        silent_on_link(registered(), frames=1),
    ],
    ids=[
        "long before or after",
        "the same place got the resets",
        "resets on the segment as well",
        "an echo as well",
        "one frame",
    ],
)
def test_silence_on_its_own_segment_that_settles_nothing(made: World) -> None:
    assert match(made).observed


def test_a_declared_neighbour_of_a_forged_one_alone_needs_no_unknown_of_the_segment() -> None:
    rows = (device("A", ABSENT), device("B", "192.0.2.2"))
    made = silent_on_link(refuse(refuse(world(devices=rows), ABSENT), "192.0.2.2"))
    assert match(made, "192.0.2.2").asked is False
