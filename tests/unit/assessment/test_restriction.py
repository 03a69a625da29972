from __future__ import annotations

from typing import Any

import pytest

from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Vantage
from sekisho.model.facts import PortSeen, PortStatus
from sekisho.model.report import RestrictionPart
from tests.unit.assessment.kits import item, report
from tests.unit.inventory.worlds import World, access, snmp, ssh, world

SSH = "service:192.0.2.1/tcp/22"
MEANT = (access("192.0.2.1/32", "tcp/22", "management"),)


def rows(made: World) -> dict[str, RestrictionPart]:
    return {r.vantage: r for r in report(made, item("1")).restriction}


def tried(made: World, vantage: str, status: PortStatus) -> World:
    made.saw("host:192.0.2.1", vantage=vantage, about={SSH: PortSeen(status, "connect")})
    return made.saw(
        "host:192.0.2.8", vantage=vantage, about={"service:192.0.2.8/tcp/80": PortSeen(PortStatus.CLOSED, "c")}
    )


def test_meant_answer_and_silence_elsewhere_prove_the_restriction() -> None:
    found = rows(tried(world(access=MEANT).open(SSH, ssh()), "guest", PortStatus.FILTERED))
    assert {v: (r.outcome, r.meant, r.verdict, r.control) for v, r in found.items()} == {
        "management": ("ok", "yes", "proven_restricted", "network"),
        "guest": ("filtered", "no", "proven_restricted", "network"),
        "external": ("not_tried", "no", "inconclusive", ""),
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
