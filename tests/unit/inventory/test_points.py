from __future__ import annotations

from typing import Any

import pytest

from sekisho.inventory.points import Point, main_kind
from sekisho.inventory.reconcile import reconcile
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Origin, RowState, SiteWalkNote
from sekisho.model.facts import LineMatch, RegisterMatch, RemoteMaintenance, TlsClientAuth
from sekisho.model.subjects import Subject
from tests.unit.inventory.worlds import World, device, greeting, line, page, ssh, tls, world

WEB = "service:192.0.2.2/tcp/443"


def points(made: World) -> dict[str, Point]:
    return {p.id: p for p in made.inventory().points}


def portal(made: World) -> World:
    return made.open(WEB, page("SSL-VPN Portal", tls=True, text="FortiGate-60E v6.0.7"), tls("tls1.2"))


def maintenance(made: World, address: str = "192.0.2.2") -> RemoteMaintenance | None:
    seen = made.inventory().index.of(RemoteMaintenance, Subject(f"host:{address}"))
    return seen[0].value if seen else None


@pytest.mark.parametrize(
    ("kinds", "main"),
    [(("K5", "K1", "K4"), "K1"), (("K17", "K2"), "K2"), (("K4", "K3"), "K3"), (("K5",), "K5"), ((), "K18")],
)
def test_structural_kind_names_the_point(kinds: tuple[Any, ...], main: str) -> None:
    assert main_kind(kinds) == main


def test_declared_line_at_its_terminal_and_without_one() -> None:
    lines = (line("L-1", "192.0.2.1", "K5", "K1"), line("L-2", "TA", "K7", "K5"), line("L-3", "ルータ"))
    found = points(world(lines=lines).alive("192.0.2.1"))
    assert {i: (p.kinds, p.declared, p.observed, p.found_by) for i, p in found.items()} == {
        "point:192.0.2.1/K1": (("K1", "K5"), True, True, ("active", "documents")),
        "point:@L-2": (("K5", "K7"), True, False, ("documents",)),
        "point:@L-3": (("K18",), True, False, ("documents",)),
    }


def test_line_and_portal_at_one_device_are_two_points() -> None:
    made = portal(world(lines=(line("L-2", "192.0.2.2", "K1", "K5"),)))
    found = points(made)
    assert sorted(found) == ["point:192.0.2.2/K1", "point:192.0.2.2/K4"]
    assert (found["point:192.0.2.2/K4"].declared, found["point:192.0.2.2/K4"].services) == (False, (WEB,))


def test_row_that_names_the_vpn_declares_the_portal_too() -> None:
    found = points(portal(world(lines=(line("L-2", "192.0.2.2", "K1", "K4", "K5"),))))
    assert found["point:192.0.2.2/K4"].declared
    assert found["point:192.0.2.2/K4"].kinds == ("K4", "K5")
    assert found["point:192.0.2.2/K1"].kinds == ("K1", "K5")


@pytest.mark.parametrize(
    ("cells", "declared"),
    [
        ({"remote_maintenance": "yes"}, True),
        ({"purpose": "地域医療連携（VPN）"}, True),
        ({"note": "ｖｐｎ装置は業者所有"}, True),
        ({"line_type": "IP-VPN（閉域）"}, False),
        ({"line_type": "ＩＰ－ＶＰＮ"}, False),
        ({"line_type": "フレッツ・VPNワイド"}, False),
        ({"remote_maintenance": "no", "purpose": "院内のインターネット接続"}, False),
    ],
)
def test_a_row_speaks_for_the_vpn_that_it_writes_of_or_for_remote_maintenance(
    cells: dict[str, str], *, declared: bool
) -> None:
    row = line("L-2", "192.0.2.2", "K1", "K11", **cells)
    vpn = points(portal(world(lines=(row,))))["point:192.0.2.2/K4"]
    assert vpn.declared is declared
    assert vpn.kinds == (("K4", "K11") if declared else ("K4",))


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (("K1", "K9", "K16"), {"point:192.0.2.2/K1": ("K1", "K9", "K16")}),
        (("K5", "K2", "K9", "K10", "K11", "K12"), {"point:192.0.2.2/K2": ("K2", "K5", "K9", "K10", "K11", "K12")}),
        (("K4", "K9"), {"point:192.0.2.2/K4": ("K4", "K9")}),
        (("K9", "K16"), {"point:192.0.2.2/K9": ("K9", "K16")}),
        (("K1", "K8", "K9"), {"point:192.0.2.2/K1": ("K1", "K9"), "point:192.0.2.2/K8": ("K8",)}),
    ],
)
def test_what_a_line_is_for_makes_no_second_point(named: tuple[str, ...], expected: dict[str, tuple[str, ...]]) -> None:
    found = points(world(lines=(line("K-3", "192.0.2.2", *named),)).alive("192.0.2.2"))
    assert {i: p.kinds for i, p in found.items()} == expected


def test_undeclared_lte_router_is_a_point_and_an_unknown_router_is_k18() -> None:
    made = world().open("service:192.0.2.4/tcp/80", page("LTEルータ 設定画面"))
    made.open("service:192.0.2.5/tcp/23", greeting("telnet", "RTX810 Rev.11.01.21"))
    found = points(made)
    assert {i: (p.declared, p.observed, p.found_by) for i, p in found.items()} == {
        "point:192.0.2.4/K6": (False, True, ("active",)), "point:192.0.2.5/K18": (False, True, ("active",)),
    }  # fmt: skip


def test_declared_router_without_a_line_and_a_plain_pc_are_no_points() -> None:
    made = world(devices=(device("A", "192.0.2.5"),))
    made.open("service:192.0.2.5/tcp/23", greeting("telnet", "RTX810 Rev.11.01.21"))
    made.open("service:192.0.2.6/tcp/5900", greeting("vnc", "RFB 003.008"))
    assert points(made) == {}


def test_declared_lte_line_and_what_is_seen_there_are_one_point() -> None:
    made = world(lines=(line("L-1", "192.0.2.4", "K6"),)).open("service:192.0.2.4/tcp/80", page("LTEルータ 設定画面"))
    ((name, one),) = points(made).items()
    assert (name, one.declared, one.observed) == ("point:192.0.2.4/K6", True, True)


def test_site_walk_is_named_where_it_saw_the_line() -> None:
    note = SiteWalkNote("サーバ室", "ONU", "L-1", "L-1", "", "", None, Origin("w"))
    found = points(world(lines=(line("L-1", "TA", "K7"),), sitewalk=(note,)))
    assert found["point:@L-1"].found_by == ("documents", "sitewalk")


@pytest.mark.parametrize(
    ("cells", "declared"),
    [({"remote_maintenance": "yes"}, "yes"), ({"remote_maintenance": "no"}, "no"), ({}, "unstated")],
)
def test_remote_maintenance_is_held_against_the_line(cells: dict[str, Any], declared: str) -> None:
    found = maintenance(portal(world(lines=(line("L-2", "192.0.2.2", "K1", "K5", **cells),))))
    assert found is not None
    assert (found.seen, found.declared) == ((WEB,), declared)


def test_remote_maintenance_without_a_line_or_without_a_register() -> None:
    other = line("L-9", "TA", "K7")
    unlisted = maintenance(portal(world(lines=(other,))))
    none = maintenance(portal(world()))
    assert unlisted is not None
    assert none is not None
    assert (unlisted.declared, none.declared) == ("unlisted", "no_register")


def test_remote_maintenance_counts_ssh_and_administration_pages_and_only_at_ways_in() -> None:
    made = world(lines=(line("L-2", "192.0.2.2", "K6"),)).open("service:192.0.2.2/tcp/22", ssh())
    made.open("service:192.0.2.2/tcp/80", page("設定画面")).open("service:192.0.2.3/tcp/22", ssh())
    found = maintenance(made)
    assert found is not None
    assert found.seen == ("service:192.0.2.2/tcp/22", "service:192.0.2.2/tcp/80")
    assert maintenance(made, "192.0.2.3") is None


def test_nothing_seen_at_a_way_in_is_said_as_nothing() -> None:
    found = maintenance(world(lines=(line("L-2", "192.0.2.2", "K6"),)))
    assert found is not None
    assert found.seen == ()


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({"lines": (line("L", "192.0.2.2", "K1"),)}, True),
        ({"lines": (line("L", "192.0.2.2", "K2"),)}, False),
        ({"lines": (line("L", "TA", "K7"),), "devices": (device("A", "192.0.2.2"),)}, False),
        ({"devices": (device("A", "192.0.2.2"),)}, None),
        ({"lines": (line("L", "TA", "K7"),)}, None),
    ],
)
def test_open_network_is_known_only_from_registers(changes: dict[str, Any], *, known: bool | None) -> None:
    made = world(**changes).open(WEB, tls("tls1.2"), TlsClientAuth(requested=False))
    (seen,) = made.inventory().index.of(TlsClientAuth, Subject(WEB))
    assert seen.value.open_network is known


def test_reconciliation_lists_what_differs() -> None:
    rows = (device("GONE", "192.0.2.7"), device("OFF", "192.0.2.8", state=RowState.DISPOSED),
            device("NW", "192.0.2.9", maker="シスコ", category="network"))  # fmt: skip
    made = world(devices=rows, lines=(line("L-1", "192.0.2.7", "K1"),)).alive("192.0.2.1")
    made.open("service:192.0.2.9/tcp/23", greeting("telnet", "RTX810 Rev.11.01.21"))
    made.open("service:192.0.2.4/tcp/80", page("LTEルータ"))
    for address in ("192.0.2.7", "192.0.2.8"):
        made.saw(f"host:{address}", outcome=Outcome.TIMEOUT)
    taken = made.inventory()
    found = reconcile(taken.index.every(RegisterMatch), taken.index.every(LineMatch), taken.points)
    assert [r.subject for r in found.undeclared] == ["host:192.0.2.1", "host:192.0.2.4", "point:192.0.2.4/K6"]
    assert [(r.subject, r.number) for r in found.missing] == [
        ("host:192.0.2.7", "GONE, L-1"), ("point:@L-1", "L-1"),
    ]  # fmt: skip
    assert [r.number for r in found.mismatched] == ["NW"]
    assert "シスコ" in found.mismatched[0].what.ja
