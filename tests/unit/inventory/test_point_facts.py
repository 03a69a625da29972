from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from sekisho.model.attempts import Outcome
from sekisho.model.engagement import RowState
from sekisho.model.facts import PortSeen, PortStatus
from sekisho.model.point_facts import PointCounterpart, PointOwner, PointUse, WanInbound
from sekisho.model.subjects import Subject
from tests.unit.inventory.worlds import LINES, World, access, device, greeting, line, page, ssh, tls, world

POINT, SSH, WEB = "point:192.0.2.2/K1", "service:192.0.2.2/tcp/22", "service:192.0.2.2/tcp/443"
OUT = "external"


def owners(made: World) -> dict[str, list[tuple[bool, str, str, bool]]]:
    found: dict[str, list[tuple[bool, str, str, bool]]] = {}
    for seen in made.inventory().index.every(PointOwner):
        one = seen.value
        assert seen.evidence
        found.setdefault(seen.subject, []).append((one.declared, one.contractor, one.owner, one.register_present))
    return found


def test_every_row_of_a_point_gives_its_owner() -> None:
    rows = (line("L-1", "192.0.2.2", "K1", contractor="総務", owner="情報"), line("L-2", "192.0.2.2", "K1"),
            line("L-3", "TA", "K7", owner="放射線"))  # fmt: skip
    made = world(lines=rows).alive("192.0.2.2")
    assert owners(made) == {
        POINT: [(True, "総務", "情報", True), (True, "", "", True)],
        "point:@L-3": [(True, "", "放射線", True)],
    }


@pytest.mark.parametrize("lines", [(), (line("L-9", "TA", "K7"),)])
def test_an_undeclared_point_says_whether_there_is_a_register(lines: tuple[Any, ...]) -> None:
    made = world(lines=lines).open("service:192.0.2.4/tcp/80", page("LTEルータ 設定画面"))
    assert owners(made)["point:192.0.2.4/K6"] == [(False, "", "", bool(lines))]


def test_an_undeclared_point_rests_on_what_was_seen_and_on_the_register() -> None:
    made = world(lines=(line("L-9", "TA", "K7"),)).open("service:192.0.2.4/tcp/80", page("LTEルータ 設定画面"))
    (seen,) = made.inventory().index.of(PointOwner, Subject("point:192.0.2.4/K6"))
    assert LINES.sha256 in seen.evidence
    assert len(seen.evidence) > 1


def test_the_other_end_of_every_row_is_given_with_what_it_is_for() -> None:
    rows = (
        line("L-1", "192.0.2.2", "K1", counterpart="通信会社", boundary="ONU"),
        line("L-2", "192.0.2.2", "K1", purpose="保守", remote_maintenance="yes"),
        line("L-3", "TA", "K5", "K7"),
    )
    index = world(lines=rows).alive("192.0.2.2").inventory().index
    (first, second), (third,) = (index.of(PointCounterpart, Subject(s)) for s in (POINT, "point:@L-3"))
    assert (first.value.counterpart, first.value.boundary, first.value.maintained) == ("通信会社", "ONU", False)
    assert (second.value.number, second.value.purpose, second.value.maintained) == ("L-2", "保守", True)
    assert (third.value.kinds, third.value.maintained) == (("K5", "K7"), True)
    assert LINES.sha256 in third.evidence


def use(made: World, subject: str = POINT) -> PointUse:
    (seen,) = made.inventory().index.of(PointUse, Subject(subject))
    assert seen.evidence
    return seen.value


def stopped(**cells: Any) -> tuple[Any, ...]:
    return (line("L-1", "192.0.2.2", "K1", state=RowState.STOPPED, **cells),)


def test_a_stopped_line_answers_when_its_device_does_and_nothing_else_explains_it() -> None:
    assert use(world(lines=stopped()).alive("192.0.2.2")).answers
    dead = use(world(lines=stopped()).saw("host:192.0.2.2", outcome=Outcome.TIMEOUT))
    assert (dead.retired, dead.asked, dead.observed, dead.answers) == (True, True, False, False)
    unasked = use(world(lines=stopped()).alive("192.0.2.9"))
    assert (unasked.asked, unasked.observed, unasked.answers) == (False, False, False)


@pytest.mark.parametrize(
    "more",
    [
        {"devices": (device("R", "192.0.2.2", category="network"),)},
        {"lines": (*stopped(), line("L-2", "192.0.2.2", "K2"))},
    ],
)
def test_a_device_in_other_use_says_nothing_about_a_stopped_line(more: dict[str, Any]) -> None:
    made = world(**{"lines": stopped(), **more}).alive("192.0.2.2")
    assert (use(made).observed, use(made).answers) == (True, False)


def test_the_lines_own_global_address_answers_for_it_whatever_its_device_does() -> None:
    address = ip_address("203.0.113.5")
    router = (device("R", "192.0.2.2", category="network"),)
    made = world(lines=stopped(addresses=(address,)), devices=router).alive("192.0.2.2").alive("203.0.113.5")
    assert use(made).answers
    shared = (*stopped(addresses=(address,)), line("L-2", "192.0.2.2", "K2", addresses=(address,)))
    made = world(lines=shared, devices=router).alive("192.0.2.2").alive("203.0.113.5")
    assert not use(made).answers


def test_a_line_without_purpose_that_is_not_always_on_is_occasional() -> None:
    assert use(world(lines=(line("L-3", "TA", "K7", always_on="no"),)), "point:@L-3").occasional
    assert not use(world(lines=(line("L-3", "TA", "K7", always_on="no", purpose="保守"),)), "point:@L-3").occasional
    assert not use(world(lines=(line("L-3", "TA", "K7"),)), "point:@L-3").occasional


def inbound(made: World, subject: str = POINT) -> WanInbound | None:
    found = made.inventory().index.of(WanInbound, Subject(subject))
    assert all(o.evidence for o in found)
    return found[0].value if found else None


def declared(*kinds: str, **changes: Any) -> World:
    return world(lines=(line("L-1", "192.0.2.2", *(kinds or ("K1",))),), **changes).alive("192.0.2.2")


def test_a_service_that_answers_outside_is_stray() -> None:
    made = declared().open(SSH, ssh(), vantage=OUT).open(WEB, tls("tls1.2"))
    assert inbound(made) == WanInbound((OUT,), (OUT,), (SSH,), (), config_read=False)


def test_an_access_row_for_the_outside_explains_it_and_one_for_the_inside_does_not() -> None:
    rows = (access("192.0.2.2/32", "tcp/22", OUT),)
    explained = inbound(declared(access=rows).open(SSH, ssh(), vantage=OUT))
    inside = inbound(declared(access=(access("192.0.2.2/32", "tcp/22", "management"),)).open(SSH, ssh(), vantage=OUT))
    assert explained is not None
    assert inside is not None
    assert (explained.stray, explained.explained, inside.stray) == ((), (SSH,), (SSH,))


@pytest.mark.parametrize(
    ("kinds", "title", "is_stray"),
    [
        (("K1",), "SSL-VPN Portal", False),
        (("K1", "K4"), "Welcome", False),
        (("K1",), "Welcome", True),
        (("K1", "K4"), "設定画面", True),
    ],
    ids=["portal", "what may be the declared VPN", "no VPN declared", "administration page"],
)
def test_the_vpn_explains_its_entrance_only(kinds: tuple[str, ...], title: str, is_stray: bool) -> None:
    found = inbound(declared(*kinds).open(WEB, tls("tls1.2"), page(title, tls=True), vantage=OUT))
    assert found is not None
    assert (found.stray, found.explained) == (((WEB,), ()) if is_stray else ((), (WEB,)))


def test_the_entrance_of_a_declared_tunnel_is_explained_and_telnet_beside_it_is_not() -> None:
    ike, telnet = "service:192.0.2.2/udp/500", "service:192.0.2.2/tcp/23"
    made = declared("K1", "K3").open(ike, vantage=OUT).open(telnet, greeting("telnet", "login:"), vantage=OUT)
    found = inbound(made)
    assert found is not None
    assert (found.stray, found.explained) == ((telnet,), (ike,))


def test_trying_in_vain_counts_as_tried_and_not_asking_does_not() -> None:
    closed = declared().saw(SSH, PortSeen(PortStatus.FILTERED, "connect"), vantage=OUT, outcome=Outcome.FILTERED)
    skipped = declared().skipped(SSH, Outcome.SKIPPED_BY_TIER, vantage=OUT)
    for made, tried in ((closed, (OUT,)), (skipped, ()), (declared(), ())):
        found = inbound(made)
        assert found is not None
        assert (found.outside, found.tried_from) == ((OUT,), tried)


def test_the_question_is_asked_at_open_networks_only() -> None:
    made = world(lines=(line("L-1", "TA", "K1"), line("L-2", "TA", "K6"), line("L-3", "192.0.2.2", "K2"))).alive(
        "192.0.2.2"
    )
    subjects = [o.subject for o in made.inventory().index.every(WanInbound)]
    assert subjects == ["point:@L-1"]


def test_without_an_external_vantage_nobody_is_outside() -> None:
    made = declared()
    inside = tuple(v for v in made.engagement.vantages if v.role != OUT)
    found = inbound(declared(vantages=inside))
    assert found is not None
    assert found.outside == ()
