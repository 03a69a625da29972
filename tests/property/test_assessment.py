"""Laws of the assessment: order does not matter, nothing turns into a pass by default, bad news never helps."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.assessment.build import assess
from sekisho.assessment.serialise import to_bytes
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import HearingAnswer, Origin, RowState
from sekisho.model.facts import HostAnswered, PortSeen, PortStatus, TlsClientAuth
from sekisho.model.report import Report
from sekisho.model.ssh_facts import SshHostKey
from tests.unit.assessment.kits import SHIPPED_ITEMS, kit, with_obedient
from tests.unit.assessment.kits import item as checklist_item
from tests.unit.assessment.kits import report as assessed
from tests.unit.assessment.kits import use as use_of
from tests.unit.inventory.worlds import World, access, device, greeting, leaf, line, page, snmp, ssh, tls, world

HOSTS = [f"192.0.2.{n}" for n in range(1, 7)]
MACS = ["02:00:00:00:00:01", "02:00:00:00:00:02"]
SERVICES = [
    (22, (ssh(),)), (22, ()), (23, (greeting("telnet", "RTX810 Rev.11.01.21"),)), (80, (page("LTEルータ 設定画面"),)),
    (443, (page("SSL-VPN Portal", tls=True, text="FortiGate-60E v6.0.7"), tls("tls1.0", refused=["ssl3"]), leaf())),
    (443, (tls("tls1.2", "tls1.3", refused=["ssl2", "ssl3", "tls1.0", "tls1.1"]), TlsClientAuth(requested=True))),
    (443, ()), (21, (greeting("ftp"),)), (22, (SshHostKey("ssh-rsa", 2048, "factory"), ssh("x"))),
]  # fmt: skip
SILENT = [Outcome.TIMEOUT, Outcome.INTERRUPTED, Outcome.HOST_GONE, Outcome.MIDDLEBOX, Outcome.FILTERED]
SKIPPED = [Outcome.SKIPPED_BY_SCOPE, Outcome.SKIPPED_BY_TIER, Outcome.NOT_TRIED]
VANTAGES = ["management", "guest"]
HOST = st.sampled_from(HOSTS)
STEP = st.one_of(
    st.tuples(st.just("alive"), HOST, st.sampled_from([None, *MACS])),
    st.tuples(st.just("open"), HOST, st.sampled_from(SERVICES), st.sampled_from(VANTAGES)),
    st.tuples(st.just("closed"), HOST, st.sampled_from([22, 443]), st.sampled_from(VANTAGES)),
    st.tuples(st.just("silent"), HOST, st.sampled_from(SILENT)),
    st.tuples(st.just("skipped"), HOST, st.sampled_from(SKIPPED)),
    st.tuples(st.just("snmp"), HOST, st.sampled_from(["sw-1", "sw-2"])),
)
ROW = st.builds(
    lambda n, addresses, **cells: device(f"D-{n}", *addresses, **cells),
    st.integers(1, 9),
    st.lists(HOST, max_size=2, unique=True),
    category=st.sampled_from(["server", "pc", "network", "medical", ""]),
    state=st.sampled_from(RowState),
    version=st.sampled_from(["", "6.0.7", "1.0"]),
    maker=st.sampled_from(["", "YAMAHA", "Fortinet"]),
    macs=st.sampled_from([(), (MACS[0],)]),
    hostname=st.sampled_from(["", "sw-1"]),
)
LINE = st.builds(
    lambda n, terminal, kinds, **cells: line(f"L-{n}", terminal, *kinds, **cells),
    st.integers(1, 9),
    st.sampled_from([*HOSTS[:3], "TA", ""]),
    st.lists(st.sampled_from(["K1", "K2", "K4", "K5", "K6", "K17"]), max_size=3, unique=True),
    remote_maintenance=st.sampled_from(["yes", "no", ""]),
    state=st.sampled_from(RowState),
)
STEPS = st.lists(STEP, max_size=12)
ANSWERS = tuple(
    HearingAnswer("mhlw-hospital-r7", i, "", "yes", date(2026, 10, 1), None, "", Origin("a.csv"))
    for i in ("2-1", "2-13")
)


def play(made: World, steps: list[tuple[Any, ...]]) -> World:
    """Let a run happen."""
    for kind, host, *more in steps:
        if kind == "alive":
            made.alive(host, more[0])
        elif kind == "open":
            (port, facts), vantage = more
            made.open(f"service:{host}/tcp/{port}", *facts, vantage=vantage)
        elif kind == "closed":
            seen = PortSeen(PortStatus.CLOSED, "connect")
            made.saw(
                f"host:{host}", HostAnswered("tcp"), vantage=more[1], about={f"service:{host}/tcp/{more[0]}": seen}
            )
        elif kind == "silent":
            made.saw(f"host:{host}", outcome=more[0])
        elif kind == "skipped":
            made.skipped(f"host:{host}", more[0])
        else:
            made.saw(f"service:{host}/udp/161", snmp(sysname=more[0]))
    return made


@st.composite
def runs(draw: st.DrawFn, *, steps: st.SearchStrategy[list[Any]] = STEPS) -> World:
    """Draw a whole run with its registers."""
    made = world(
        devices=tuple(draw(st.lists(ROW, max_size=5, unique_by=lambda r: r.number))),
        lines=tuple(draw(st.lists(LINE, max_size=3, unique_by=lambda r: r.number))),
        access=draw(st.sampled_from([(), (access("192.0.2.0/28", "tcp/22", "management"),)])),
        answers=ANSWERS,
    )
    return play(made, draw(steps))


def shuffled(made: World, seed: int) -> World:
    """Give the same run, told in another order."""
    order = random.Random(seed)  # noqa: S311 - a shuffle that can be repeated
    engagement = made.engagement

    def mix(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(order.sample(rows, len(rows)))

    names: Any = ("devices", "lines", "documents", "vantages", "consents", "answers", "access")
    mixed: dict[str, Any] = {n: mix(getattr(engagement, n)) for n in names}
    other = World(
        engagement=replace(engagement, **mixed),
        readings=dict(mix(tuple(made.readings.items()))),
        attempts=list(mix(tuple(made.attempts))),
        transcripts=dict(mix(tuple(made.transcripts.items()))),
    )
    for key, reading in other.readings.items():
        other.readings[key] = replace(reading, facts=mix(reading.facts))
    return other


def judged(made: World) -> Report:
    return assess(made.record(), kit(made, *SHIPPED_ITEMS))


def states(report: Report) -> dict[str, str]:
    return {a.item: a.state for a in report.answers}


@settings(max_examples=120, deadline=None)
@given(runs(), st.integers(0, 99))
def test_order_of_input_does_not_change_one_byte(made: World, seed: int) -> None:
    assert to_bytes(judged(made)) == to_bytes(judged(shuffled(made, seed)))


@settings(max_examples=120, deadline=None)
@given(runs(steps=st.just([])), st.lists(st.tuples(HOST, st.sampled_from([*SKIPPED, *SILENT])), max_size=5))
def test_without_transcripts_nothing_is_supported_or_not_applicable(made: World, tries: list[Any]) -> None:
    for host, outcome in tries:
        made.skipped(f"host:{host}", outcome)
    found = judged(made)
    assert not {"supported", "not_applicable"} & set(states(found).values())
    assert not [f for f in found.findings if f.verdict == "pass"]


@settings(max_examples=80, deadline=None)
@given(runs())
def test_when_every_reader_crashes_nothing_is_supported_or_not_applicable(made: World) -> None:
    made.broken.update(made.readings)
    found = judged(made)
    assert not {"supported", "not_applicable"} & set(states(found).values())
    assert found.services == ()
    assert all(a.outcome in {"tool_error", *SKIPPED} for a in found.attempts)


@settings(max_examples=120, deadline=None)
@given(runs())
def test_no_more_devices_are_seen_than_expected(made: World) -> None:
    for answer in judged(made).answers:
        assert answer.observed.devices_seen <= answer.observed.devices_expected


@settings(max_examples=120, deadline=None)
@given(runs())
def test_no_pass_and_no_fail_without_evidence_and_no_crash(made: World) -> None:
    for finding in judged(made).findings:
        assert finding.verdict != "error", finding.reason.en
        assert finding.evidence or finding.verdict not in {"pass", "fail"}


@settings(max_examples=120, deadline=None)
@given(runs(), HOST)
def test_one_more_bad_service_never_makes_an_answer_better(made: World, host: str) -> None:
    order = ["supported", "not_applicable", "undetermined", "contradicted"]
    items = (
        checklist_item("2-12s", use_of("services.no-legacy-service")),
        checklist_item("2-13", use_of("management.source-is-restricted")),
    )
    before = states(assessed(made, *items))
    made.open(f"service:{host}/tcp/2323", greeting("telnet"))
    after = states(assessed(made, *items))
    for name, state in before.items():
        assert order.index(after[name]) >= order.index(state) or state == "undetermined"
    assert after["2-13"] == "contradicted"


@settings(max_examples=120, deadline=None)
@given(runs(), st.integers(1, 8))
def test_neighbours_that_only_refuse_never_make_anything_better(made: World, count: int) -> None:
    before = judged(made)
    passed = {(f.topic, f.subject) for f in before.findings if f.verdict == "pass"}
    good = {item for item, state in states(before).items() if state in {"supported", "not_applicable"}}
    for number in range(200, 200 + count):
        service = f"service:192.0.2.{number}/tcp/22"
        made.saw(f"host:192.0.2.{number}", HostAnswered("tcp"), about={service: PortSeen(PortStatus.CLOSED, "connect")})
        after = judged(made)
        assert {(f.topic, f.subject) for f in after.findings if f.verdict == "pass"} <= passed
        assert {i for i, state in states(after).items() if state in {"supported", "not_applicable"}} <= good


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(HOST, st.sampled_from(["pass", "fail", "unknown", "not_applicable", "crash", "none"])),
        min_size=1,
        max_size=4,
    )
)
def test_state_is_never_better_than_its_worst_finding(told: list[tuple[str, str]]) -> None:
    made = world()
    made.open("service:192.0.2.1/tcp/443", tls("tls1.2"))
    items = tuple(checklist_item(f"{n}", use_of("tls.min-version", mood=mood)) for n, (_, mood) in enumerate(told))
    found = assessed(made, *items, checks=with_obedient())
    expected = {"pass": "supported", "fail": "contradicted", "not_applicable": "not_applicable"}
    for n, (_, mood) in enumerate(told):
        assert states(found)[f"{n}"] == expected.get(mood, "undetermined")


@settings(max_examples=80, deadline=None)
@given(runs())
def test_every_address_stands_in_one_asset_and_seen_means_answered(made: World) -> None:
    found = judged(made)
    addresses = [a for asset in found.assets for a in asset.addresses]
    assert len(addresses) == len(set(addresses))
    answered = {s.address for s in found.services}
    assert answered <= {a for asset in found.assets if asset.observed for a in asset.addresses}
