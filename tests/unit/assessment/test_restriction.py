from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Vantage
from sekisho.model.facts import PortSeen, PortStatus
from sekisho.model.report import ControlPart, RestrictionPart
from sekisho.model.transcript import Event, EventKind
from tests.unit.assessment.kits import item, report
from tests.unit.inventory.worlds import World, access, snmp, ssh, world

SSH = "service:192.0.2.1/tcp/22"
NEAR = ControlPart(vantage="management", kind="near", seconds=0)
MEANT = (access("192.0.2.1/32", "tcp/22", "management"),)


def rows(made: World) -> dict[str, RestrictionPart]:
    return {r.vantage: r for r in report(made, item("1")).restriction}


def tried(made: World, vantage: str, status: PortStatus, minutes: int = 0) -> World:
    made.saw("host:192.0.2.1", vantage=vantage, about={SSH: PortSeen(status, "connect")}, minutes=minutes)
    return made.saw(
        "host:192.0.2.8", vantage=vantage, about={"service:192.0.2.8/tcp/80": PortSeen(PortStatus.CLOSED, "c")}
    )


def test_meant_answer_and_silence_elsewhere_prove_the_restriction() -> None:
    found = rows(tried(world(access=MEANT).open(SSH, ssh()), "guest", PortStatus.FILTERED))
    assert {v: (r.outcome, r.meant, r.verdict, r.control) for v, r in found.items()} == {
        "management": ("ok", "yes", "proven_restricted", None),
        "guest": ("filtered", "no", "proven_restricted", NEAR),
        "external": ("not_tried", "no", "inconclusive", None),
    }
    assert "external" in found["external"].to_settle.en
    assert found["guest"].to_settle.en == "Nothing more is needed."


@pytest.mark.parametrize(("rows_given", "meant"), [(MEANT, "no"), ((), "unstated")])
def test_answer_where_nobody_is_meant_is_open(rows_given: tuple[Any, ...], meant: str) -> None:
    found = rows(world(access=rows_given).open(SSH, ssh(), vantage="guest"))
    assert (found["guest"].meant, found["guest"].verdict) == (meant, "proven_open")


def test_one_meant_vantage_settles_nothing_and_says_what_would() -> None:
    found = rows(world(access=MEANT).open(SSH, ssh()))["management"]
    assert found.verdict == "inconclusive"
    assert "external" in found.to_settle.en
    assert "TCP 22" in found.to_settle.ja
    assert "4" in found.to_settle.ja


def test_without_a_further_vantage_one_is_proposed() -> None:
    made = world(access=MEANT, vantages=(Vantage("management", "management"),)).open(SSH, ssh())
    (found,) = rows(made).values()
    assert "clinical segment" in found.to_settle.en


def test_refused_and_skipped_are_told_apart() -> None:
    made = tried(world(access=MEANT).open(SSH, ssh()), "guest", PortStatus.CLOSED)
    made.skipped(SSH, Outcome.SKIPPED_BY_SCOPE, vantage="external")
    found = rows(made)
    assert (found["guest"].outcome, found["external"].outcome) == ("refused", "skipped_by_scope")


def test_dead_vantage_proves_no_restriction() -> None:
    made = world(access=MEANT).open(SSH, ssh()).saw("host:192.0.2.1", vantage="guest",
                                                    about={SSH: PortSeen(PortStatus.FILTERED, "connect")})  # fmt: skip
    assert rows(made)["guest"].verdict == "inconclusive"


def test_udp_needs_one_packet_and_other_services_have_no_rows() -> None:
    made = world().saw("service:192.0.2.1/udp/161", snmp()).open("service:192.0.2.1/tcp/8081")
    found = report(made, item("1")).restriction
    assert {r.service for r in found} == {"service:192.0.2.1/udp/161"}
    assert any("at most 1 packets" in r.to_settle.en for r in found)


def test_a_service_that_may_have_been_down_is_not_taken_for_a_restricted_one() -> None:
    made = tried(world(access=MEANT).open(SSH, ssh()), "guest", PortStatus.FILTERED, minutes=40)
    found = rows(made)["guest"]
    assert (found.verdict, found.control) == ("inconclusive", None)
    assert "one connect from management" in found.to_settle.en
    assert "management" in found.to_settle.ja


def test_answers_before_and_after_prove_what_lies_between() -> None:
    made = tried(world(access=MEANT).open(SSH, ssh()), "guest", PortStatus.FILTERED, minutes=40)
    found = rows(made.open(SSH, minutes=70))
    assert found["guest"].verdict == "proven_restricted"
    assert found["guest"].control == ControlPart(vantage="management", kind="around", seconds=70 * 60)


def test_a_service_that_answers_nobody_is_listed_and_proves_nothing() -> None:
    made = tried(world(access=MEANT), "guest", PortStatus.FILTERED)
    found = rows(tried(made, "management", PortStatus.CLOSED))
    assert {v: (r.outcome, r.meant, r.verdict) for v, r in found.items()} == {
        "management": ("refused", "yes", "inconclusive"),
        "guest": ("timeout", "no", "inconclusive"),
        "external": ("not_tried", "no", "inconclusive"),
    }
    assert "answered nowhere" in found["guest"].to_settle.en


def test_a_port_that_nobody_is_meant_to_reach_and_that_is_shut_has_no_row() -> None:
    assert rows(tried(world(), "guest", PortStatus.FILTERED)) == {}


def test_a_host_that_is_off_is_silent_and_not_blocked() -> None:
    made = tried(tried(world(access=MEANT), "guest", PortStatus.FILTERED), "management", PortStatus.FILTERED)
    assert {v: r.outcome for v, r in rows(made).items()} == {
        "management": "timeout", "guest": "timeout", "external": "not_tried",
    }  # fmt: skip


def test_a_silence_long_after_the_answer_is_not_called_blocked() -> None:
    made = tried(world(access=MEANT).open(SSH, ssh()), "guest", PortStatus.FILTERED, minutes=40)
    assert rows(made)["guest"].outcome == "timeout"


def test_what_a_filter_itself_says_needs_no_answer_elsewhere() -> None:
    made = tried(world(access=MEANT), "guest", PortStatus.FILTERED)
    (told,) = (e for a in made.attempts if a.subject == "host:192.0.2.1" for e in a.evidence)
    stored = made.transcripts[told]
    made.transcripts[told] = replace(stored, events=(*stored.events, Event(1, EventKind.FILTERED, port=22)))
    assert rows(made)["guest"].outcome == "filtered"
