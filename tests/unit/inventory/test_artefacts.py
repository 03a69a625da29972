"""What something in between answers is taken out, and said; what a device answers itself stays."""

from __future__ import annotations

import pytest

from sekisho.inventory.artefacts import host_of
from sekisho.model.artefacts import ALL_OPEN, BANNED, CAPTIVE
from sekisho.model.attempts import TIME_LIMIT, Attempt, Outcome
from sekisho.model.facts import HostAnswered, PortSeen, PortStatus
from sekisho.model.subjects import Subject
from tests.unit.assessment.kits import SHIPPED_ITEMS, report
from tests.unit.inventory.worlds import T0, World, device, greeting, page, world

ONE = "192.0.2.1"
PORTS = (21, 22, 23, 25, 80, 104, 139, 443, 445, 515, 631)


def asked(made: World, port: int, status: PortStatus = PortStatus.OPEN, address: str = ONE) -> World:
    """Ask one port in a job of its own, as on T1."""
    return made.saw(f"service:{address}/tcp/{port}", PortSeen(status, "connect"), scanner="ports")


def everywhere_open(count: int) -> World:
    made = world(devices=(device("SRV-1", ONE, category="server"),)).alive(ONE, "02:00:00:00:00:01")
    for port in PORTS[:count]:
        asked(made, port)
    return made


def test_ten_ports_asked_one_by_one_and_all_open_are_no_services() -> None:
    made = everywhere_open(10)
    made.saw(f"service:{ONE}/tcp/22", greeting("ssh"), scanner="other")
    inventory = made.inventory()
    assert inventory.services == ()
    assert [a.observed for a in inventory.assets] == [True], "it answered by ARP"
    told = [a for a in inventory.attempts if a.subject == f"host:{ONE}" and a.outcome is Outcome.MIDDLEBOX]
    assert ("ports", ALL_OPEN) in [(a.scanner, a.detail) for a in told]
    about = {a.outcome for a in inventory.attempts if a.subject.startswith("service:")}
    assert about == {Outcome.MIDDLEBOX}


def test_the_host_is_unknown_and_a_limit_names_it() -> None:
    judged = report(everywhere_open(10), *SHIPPED_ITEMS)
    assert not [f for f in judged.findings if f.subject.startswith("service:")]
    (finding,) = [f for f in judged.findings if f.topic == "service.unneeded"]
    assert (finding.subject, finding.verdict) == (f"host:{ONE}", "unknown")
    assert "on the way answered" in finding.reason.en
    (limit,) = [one for one in judged.limits if one.id == "all_open"]
    assert limit.subjects == (f"host:{ONE}",)


@pytest.mark.parametrize("more", [None, (9100, PortStatus.CLOSED), (9100, PortStatus.FILTERED)], ids=str)
def test_nine_ports_or_a_closed_one_are_a_hosts_own(more: tuple[int, PortStatus] | None) -> None:
    made = everywhere_open(10 if more else 9)
    if more:
        asked(made, *more)
    assert len(made.inventory().services) == (10 if more else 9)


def test_what_one_job_showed_holds_for_the_ports_of_another() -> None:
    made = asked(asked(world().alive(ONE), 8080), 8443)
    made.attempts.append(Attempt(Subject(f"host:{ONE}"), "management", "ports", Outcome.MIDDLEBOX, T0, (), ALL_OPEN))
    assert made.inventory().services == ()
    asked(made, 9100, PortStatus.CLOSED)
    assert len(made.inventory().services) == 2


def test_another_vantage_is_believed() -> None:
    made = everywhere_open(11).open(f"service:{ONE}/tcp/22", greeting("ssh"), vantage="guest")
    (service,) = made.inventory().services
    assert service.open_from == ("guest",)


def all_open(made: World, *addresses: str, mac: str = "02:00:00:00:00:01") -> World:
    """Let every port of hosts accept, and their ARP requests be answered by one MAC."""
    for address in addresses:
        made.saw(f"host:{address}", HostAnswered("nd" if ":" in address else "arp", mac))
        for port in PORTS:
            asked(made, port, address=address)
    return made


def verdicts(made: World, topic: str) -> set[tuple[str, str]]:
    return {(f.subject, f.verdict) for f in report(made, *SHIPPED_ITEMS).findings if f.topic == topic}


def test_a_device_of_the_register_that_accepts_everywhere_is_there() -> None:
    made = all_open(world(devices=(device("SRV-1", ONE, category="server"),)), ONE)
    assert verdicts(made, "register.missing") == {(f"host:{ONE}", "pass")}
    assert verdicts(made, "register.undeclared") == {(f"host:{ONE}", "pass")}


@pytest.mark.parametrize("mac", [None, "02:00:00:00:00:09"], ids=["behind a router", "the router answers for it"])
def test_nothing_shows_that_a_device_whose_answers_may_all_be_forged_is_there(mac: str | None) -> None:
    rows = (device("SRV-1", ONE, category="server"), device("NW-1", "192.0.2.254", category="network"))
    made = world(devices=rows).alive("192.0.2.254", "02:00:00:00:00:09").alive(ONE, mac)
    for port in PORTS:
        asked(made, port)
    assert (f"host:{ONE}", "unknown") in verdicts(made, "register.missing")
    assert f"host:{ONE}" not in {subject for subject, _ in verdicts(made, "register.undeclared")}


def test_a_decoy_that_answers_for_free_addresses_is_no_row_of_devices() -> None:
    made = all_open(world(), "192.0.2.7", "192.0.2.8", "2001:db8::7", "2001:db8::8")
    assert verdicts(made, "register.undeclared") == set()


@pytest.mark.parametrize(
    "made",
    [
        all_open(world(devices=(device("SRV-1", ONE, "192.0.2.2"),)), ONE, "192.0.2.2"),
        all_open(world(), ONE, "2001:db8::1"),
    ],
    ids=["two addresses of one row", "both families"],
)
def test_one_machine_may_answer_for_its_own_addresses(made: World) -> None:
    assert any(a.observed for a in made.inventory().assets)


def led_to(made: World, *addresses: str, location: str = "http://Login.example.jp/?from=x") -> World:
    """Let plain HTTP of hosts lead elsewhere."""
    for address in addresses:
        made.open(f"service:{address}/tcp/80")
        made.saw(f"service:{address}/tcp/80", page(status=302, location=location), scanner="http")
    return made


def test_three_devices_that_lead_to_one_host_are_a_captive_portal() -> None:
    made = led_to(world(), "192.0.2.1", "192.0.2.2", "192.0.2.3")
    inventory = made.inventory()
    assert {s.protocol for s in inventory.services} == {""}
    told = [(a.outcome, a.detail) for a in inventory.attempts if a.scanner == "http"]
    assert told == [(Outcome.MIDDLEBOX, f"{CAPTIVE}login.example.jp")] * 3
    (limit,) = [one for one in report(made, *SHIPPED_ITEMS).limits if one.id == "captive_portal"]
    assert "login.example.jp" in limit.what.en
    assert len(limit.subjects) == 3


THREE = ("192.0.2.1", "192.0.2.2", "192.0.2.3")


@pytest.mark.parametrize(
    "made",
    [
        led_to(world(), *THREE[:2]),
        led_to(world(), *THREE, location="/login"),
        led_to(led_to(world(), *THREE[:2]), THREE[2], location="http://other.example.jp/"),
        led_to(led_to(world(), *THREE[:2], location=f"http://{THREE[2]}/"), THREE[2], location=f"http://{THREE[2]}/"),
        led_to(world(devices=(device("SRV-1", *THREE),)), *THREE),
    ],
    ids=["two", "own paths", "different hosts", "itself", "one device of the register"],
)
def test_other_redirects_are_the_devices_own(made: World) -> None:
    assert {s.protocol for s in made.inventory().services} == {"http"}
    assert "captive_portal" not in {one.id for one in report(made, *SHIPPED_ITEMS).limits}


@pytest.mark.parametrize(
    ("location", "other"),
    [("http://A.example/x", "a.example"), ("//b.example", "b.example"), ("/x", ""), ("http://[::1", ""), ("", "")],
)
def test_host_of(location: str, other: str) -> None:
    assert host_of(location) == other


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        (f"{BANNED}the service says 'Not allowed at this time'", "began to refuse our connections"),
        (f"{TIME_LIMIT}15 s for one connection is used up", "the time limit was used up"),
    ],
)
def test_what_was_given_up_is_unknown_and_says_why(detail: str, said: str) -> None:
    subject = Subject(f"service:{ONE}/tcp/9999")  # no port of TLS: without the reason nobody would expect it there
    made = world().open(subject)
    made.attempts.append(Attempt(subject, "management", "other", Outcome.NOT_TRIED, T0, (), detail))
    judged = report(made, *SHIPPED_ITEMS)
    (finding,) = [f for f in judged.findings if f.topic == "tls.version"]
    assert finding.verdict == "unknown"
    assert said in finding.reason.en
    assert [one.subjects for one in judged.limits if one.id in {"banned", "cut_off"}] == [(f"host:{ONE}",)]
