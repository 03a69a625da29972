from __future__ import annotations

from typing import Any

import pytest

from sekisho.inventory.words import fold, maker, version_numbers, versions_agree
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import RowState
from sekisho.model.facts import LineMatch, RegisterMatch
from sekisho.model.subjects import Subject
from tests.unit.inventory.worlds import World, device, greeting, line, snmp, world

HOST = Subject("host:192.0.2.1")
MAC, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02"


def match(made: World, subject: Subject = HOST) -> RegisterMatch:
    (seen,) = made.inventory().index.of(RegisterMatch, subject)
    assert seen.evidence
    return seen.value


def test_undeclared_device_that_answers() -> None:
    found = match(world().alive("192.0.2.1"))
    assert (found.declared, found.observed, found.asked, found.device_row) == (False, True, True, False)


def test_declared_device_in_its_three_silences() -> None:
    rows = (device("A", "192.0.2.1"),)
    asked = match(world(devices=rows).saw(HOST, outcome=Outcome.TIMEOUT))
    skipped = match(world(devices=rows).skipped(HOST, Outcome.SKIPPED_BY_TIER))
    never = match(world(devices=rows))
    assert [(m.observed, m.asked) for m in (asked, skipped, never)] == [(False, True), (False, False), (False, False)]


def test_device_with_two_addresses_is_asked_only_when_both_were() -> None:
    made = world(devices=(device("A", "192.0.2.1", "192.0.2.2"),)).saw(HOST, outcome=Outcome.TIMEOUT)
    assert not match(made).asked
    made.saw("host:192.0.2.2", outcome=Outcome.TIMEOUT)
    assert match(made).asked


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ([RowState.DISPOSED], "disposed"),
        ([RowState.STOPPED, RowState.DISPOSED], "stopped"),
        ([RowState.IN_USE, RowState.DISPOSED], "in_use"),
        ([RowState.UNKNOWN], "unknown"),
    ],
)
def test_state_of_several_rows(states: list[RowState], state: str) -> None:
    rows = tuple(device(str(n), "192.0.2.1", state=s) for n, s in enumerate(states))
    assert match(world(devices=rows)).state == state


def cells(**values: object) -> World:
    made = world(devices=(device("A", "192.0.2.1", **{"category": "network", **values}),)).alive("192.0.2.1", MAC)
    return made.saw("service:192.0.2.1/udp/161", snmp(sysname="IX-Main.example.jp"))


@pytest.mark.parametrize(
    ("values", "compared", "wrong"),
    [
        ({}, (), ()),
        ({"version": "10.2.42"}, ("version",), ("version",)),
        ({"version": "Ver.１０.７"}, ("version",), ()),
        ({"version": "最新"}, (), ()),
        ({"maker": "日本電気"}, ("vendor",), ()),
        ({"maker": "ヤマハ"}, ("vendor",), ("vendor",)),
        ({"maker": "株式会社どこか商事"}, (), ()),
        ({"macs": (MAC,)}, ("mac",), ()),
        ({"macs": (OTHER,)}, ("mac",), ("mac",)),
        ({"macs": (OTHER, MAC.upper())}, ("mac",), ()),
        ({"hostname": "ix-main"}, ("hostname",), ()),
        ({"hostname": "ix-sub"}, ("hostname",), ("hostname",)),
        ({"version": "10.2.42", "category": "server"}, (), ()),
    ],
)
def test_cells_are_compared_only_where_both_sides_speak(
    values: dict[str, Any], compared: tuple[Any, ...], wrong: tuple[Any, ...]
) -> None:
    found = match(cells(**values))
    assert (found.compared, tuple(m[0] for m in found.mismatches)) == (compared, wrong)


def test_line_match_speaks_of_the_terminal_device() -> None:
    lines = (line("L-1", "192.0.2.1", "K1", owner="情報システム室"), line("L-2", "不明", "K7"))
    index = world(lines=lines).alive("192.0.2.1").inventory().index
    (one,) = index.of(LineMatch, Subject("point:@L-1"))
    (two,) = index.of(LineMatch, Subject("point:@L-2"))
    assert (one.value.observed, one.value.asked, one.value.owner) == (True, True, "情報システム室")
    assert (two.value.observed, two.value.asked) == (False, False)
    assert one.evidence
    assert two.evidence


def test_device_named_by_a_line_only_has_no_row() -> None:
    found = match(world(lines=(line("L-1", "192.0.2.1", "K1"),)).alive("192.0.2.1"))
    assert (found.declared, found.device_row, found.numbers) == (True, False, ("L-1",))


def test_silent_terminal_without_a_device_row_gets_no_host_match() -> None:
    assert world(lines=(line("L-1", "192.0.2.1", "K1"),)).inventory().index.subjects(RegisterMatch) == ()


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("v6.0.7", "6.0.7,build0302,191112 (GA)", True),
        ("Rev.11.01.21", "11.1.21", True),
        ("6.0", "6.0.7", True),
        ("6.0.7", "6.0.8", False),
        ("２１．４", "21.4", True),
        ("2019", "2022", False),
        ("最新", "最新", True),
    ],
)
def test_versions(one: str, other: str, *, agree: bool) -> None:
    assert versions_agree(one, other) is agree


def test_words() -> None:
    assert fold(" ＦｏｒｔｉＯＳ\u3000 7 ") == "fortios 7"
    assert maker("ヤマハ株式会社") == maker("YAMAHA") == "yamaha"
    assert maker("connect技研") == maker("") == ""
    assert maker("NEC/富士通") == ""
    assert version_numbers("no digits") == ()


def test_greeting_of_a_telnet_router_names_vendor_and_version() -> None:
    rows = (device("A", "192.0.2.1", maker="YAMAHA", version="Rev.11.01.20", category="network"),)
    made = world(devices=rows).open("service:192.0.2.1/tcp/23", greeting("telnet", "RTX810 Rev.11.01.21"))
    found = match(made)
    assert found.mismatches == (("version", "Rev.11.01.20", "11.01.21"),)
