"""What a run did not come to is said, once, and nothing is concluded from its silence."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

from sekisho.inventory.reach import FORGED_FROM
from sekisho.model.attempts import NOT_FINISHED, WATCH, WATCHED, WATCHED_ELSEWHERE, Attempt, Outcome
from sekisho.model.engagement import ScopeRules
from sekisho.model.facts import HostAnswered
from sekisho.model.report import Report
from sekisho.model.subjects import FACILITY, Subject
from sekisho.registry import Scanner, Stage
from tests.unit.assessment.kits import SHIPPED_ITEMS, report
from tests.unit.inventory.worlds import T0, World, consent, device, world

SILENT = "192.0.2.7"


def limits(of: Report) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {limit.id: (limit.what.en, limit.subjects) for limit in of.limits}


def test_scopes_that_were_not_walked_are_named() -> None:
    wide = tuple(ip_network(n) for n in ("10.0.0.0/8", "192.0.2.0/24", "10.9.0.0/16", "2001:db8::/64"))
    made = world(scope=ScopeRules(include=wide), consents=(consent(*map(str, wide)),))
    found = limits(report(made, *SHIPPED_ITEMS))
    assert "10.0.0.0/8" in found["ipv4_not_walked"][0]
    assert "10.9.0.0/16" not in found["ipv4_not_walked"][0], "65,536 addresses are walked"
    assert "2001:db8::/64" in found["ipv6_not_walked"][0]


def test_a_scope_that_was_walked_is_no_limit() -> None:
    made = world(scope=ScopeRules(include=(ip_network("192.0.2.0/24"),)))
    assert not {"ipv4_not_walked", "ipv6_not_walked"} & set(limits(report(made, *SHIPPED_ITEMS)))


def begun_and_silent() -> World:
    made = world(devices=(device("SRV-7", SILENT, category="server"),))
    made.saw(f"host:{SILENT}", outcome=Outcome.TIMEOUT)
    return made


def left(made: World, subject: str, vantage: str = "management") -> World:
    made.attempts.append(Attempt(Subject(subject), vantage, "fake", Outcome.NOT_TRIED, T0, (), NOT_FINISHED))
    return made


def test_silence_before_a_run_was_closed_early_proves_nothing() -> None:
    whole, cut = begun_and_silent(), left(begun_and_silent(), f"host:{SILENT}")
    assert whole.inventory().reach.asked == {ip_address(SILENT)}
    assert cut.inventory().reach.asked == set()
    judged = [report(w, *SHIPPED_ITEMS) for w in (whole, cut)]
    before, after = map(limits, judged)
    assert {a.item: a.state for a in judged[1].answers}["2-12s"] == "undetermined"
    assert "not_finished" not in before
    assert after["not_finished"][1] == (f"host:{SILENT}",)
    assert "device_silent" in before
    assert "device_silent" not in after
    assert "device_not_asked" in after


def test_one_vantage_that_finished_is_enough_to_call_a_device_silent() -> None:
    made = left(begun_and_silent(), f"host:{SILENT}", vantage="guest")
    assert made.inventory().reach.asked == {ip_address(SILENT)}


def test_service_detection_that_was_not_started_is_said() -> None:
    class Detecting(World):
        def scanners(self) -> dict[str, Scanner]:
            known = super().scanners()
            return {**known, "nmap": replace(known["fake"], id="nmap", stage=Stage.DETECT)}

    made = Detecting()
    made.skipped(FACILITY, Outcome.NOT_TRIED, scanner="nmap")
    assert "nmap" in limits(report(made, *SHIPPED_ITEMS))["detection_not_started"][0]


def stands(made: World, vantage: str, detail: str, target: str) -> World:
    made.attempts.append(Attempt(FACILITY, vantage, WATCH, Outcome.OK, T0, (), f"{detail}{target}"))
    return made


def test_places_without_a_watch_are_named() -> None:
    made = world()
    for target in ("192.0.2.20 TCP 443", "192.0.2.21 TCP 22"):
        stands(stands(made, "management", WATCHED, target), "external", WATCHED_ELSEWHERE, target)
    assert "watched_in_part" not in limits(report(made, *SHIPPED_ITEMS))
    stands(stands(made, "guest", WATCHED, "192.0.2.20 TCP 443"), "guest", WATCHED_ELSEWHERE, "192.0.2.21 TCP 22")
    found = limits(report(made, *SHIPPED_ITEMS))
    assert "192.0.2.20 TCP 443, 192.0.2.21 TCP 22" in found["not_watched"][0]
    assert "external" in found["not_watched"][0]
    assert "192.0.2.21 TCP 22" in found["watched_in_part"][0]
    assert "192.0.2.20" not in found["watched_in_part"][0]


def test_failed_service_detection_does_not_cut_the_port_scan_short() -> None:
    """It asks only ports that are known to be open: what it misses leaves no port unknown."""

    class Detecting(World):
        def scanners(self) -> dict[str, Scanner]:
            known = super().scanners()
            return {**known, "nmap": replace(known["fake"], id="nmap", stage=Stage.DETECT)}

    def unknown(made: World) -> set[str]:
        return {f.id for f in report(made, *SHIPPED_ITEMS).findings if f.subject == "host:192.0.2.1"}

    plain, failed, cut = Detecting(), Detecting(), Detecting()
    for made in (plain, failed, cut):
        made.alive("192.0.2.1")
    failed.skipped("host:192.0.2.1", Outcome.TOOL_ERROR, scanner="nmap")
    cut.skipped("host:192.0.2.1", Outcome.TOOL_ERROR)
    assert unknown(failed) == unknown(plain)
    assert unknown(cut) > unknown(plain)


def test_addresses_whose_resets_a_filter_may_have_sent_are_named() -> None:
    made = world(devices=(device("SRV-7", SILENT, category="server"),))
    for address in (SILENT, *(f"192.0.2.{n}" for n in range(100, 100 + FORGED_FROM))):
        made.saw(f"host:{address}", HostAnswered("tcp"))
    judged = report(made, *SHIPPED_ITEMS)
    what, subjects = limits(judged)["rst_in_between"]
    assert "192.0.2.0/24" in what
    assert f" {FORGED_FROM + 1} " in what
    assert f"host:{SILENT}" in subjects
    found = {f.topic: f.verdict for f in judged.findings if f.subject == f"host:{SILENT}"}
    assert found["register.missing"] == "unknown"
    undeclared = [(f.subject, f.verdict) for f in judged.findings if f.topic == "register.undeclared"]
    assert undeclared == [("host:192.0.2.100", "unknown")]
