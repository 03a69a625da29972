"""What a scenario may say, and that everything wrong in it is told at once."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from lab.errors import InputError, LabError, Problem
from lab.scenario.load import BUILT_IN, built_in_names, find_scenario, load_scenario
from lab.scenario.model import Scenario

TODAY = date(2026, 11, 21)
FRAME = """
schema = 1
id = "small"
drivers = ["loopback"]
[[segment]]
name = "lan"
ipv4 = "192.0.2.0/25"
ipv6 = "2001:db8:1::/64"
"""
HOST = '[[host]]\nname = "a"\nlegs = [{ segment = "lan", ipv4 = "192.0.2.1" }]\n'


def load(folder: Path, content: str) -> Scenario:
    """Read a scenario of that content."""
    (folder / "scenario.toml").write_text(content, encoding="utf-8")
    return load_scenario(folder, today=TODAY)


def problems_of(folder: Path, content: str) -> tuple[Problem, ...]:
    """Read a scenario that is wrong."""
    with pytest.raises(InputError) as refused:
        load(folder, content)
    return refused.value.problems


def test_the_fixture_is_read_as_it_is_written(corner: Path) -> None:
    scenario = load_scenario(corner, today=TODAY)
    router, printer = scenario.host
    assert router.addresses == ("192.0.2.1", "2001:db8:1::1", "198.51.100.1")
    assert [service.kind for service in router.service] == ["https", "telnet", "snmp"]
    assert router.service[0].params.model_dump()["certificate"]["not_after"] == date(2026, 10, 22)
    assert printer.state == "silent"
    assert scenario.vantage[0].addresses == ("192.0.2.100", "2001:db8:1::100")
    assert (scenario.traffic[0].from_, scenario.traffic[0].bytes) == ("printer", 50000)


@pytest.mark.parametrize("name", built_in_names())
def test_built_in_scenarios_are_right(name: str) -> None:
    assert load_scenario(BUILT_IN / name, today=TODAY).id == name


@pytest.mark.parametrize(
    "state",
    [
        "state = { vanishes_after_s = 60 }",
        'state = "vanishes_after_s = 60"',
        'state = "vanishes_after_s=60"',
        "vanishes_after_s = 60",
        'state = "up"\nvanishes_after_s = 60',
    ],
)
def test_all_forms_of_vanishing_mean_the_same(corner: Path, state: str) -> None:
    (host,) = load(corner, f"{FRAME}{HOST}{state}\n").host
    assert (host.state, host.vanishes_after_s, host.is_reachable) == ("vanishes", 60, True)


@pytest.mark.parametrize(("state", "is_reachable"), [("up", True), ("down", False), ("silent", False)])
def test_states(corner: Path, state: str, *, is_reachable: bool) -> None:
    (host,) = load(corner, f'{FRAME}{HOST}state = "{state}"\n').host
    assert host.is_reachable is is_reachable


@pytest.mark.parametrize(
    ("content", "place", "value", "key"),
    [
        (FRAME + HOST + 'state = "off"', "host[1] (a) . state", "'off'", "problem.bad_state"),
        (FRAME + HOST + 'state = "vanishes"', "host[1] (a) . vanishes_after_s", "None", "problem.bad_state"),
        (FRAME + HOST + 'colour = "red"', "host[1] (a) . colour", "'red'", "problem.extra_forbidden"),
        (
            FRAME + HOST + '[[host.service]]\nkind = "gopher"\nport = 70',
            "host[1] (a) . service[1] (gopher) . kind",
            "'gopher'",
            "problem.unknown_kind",
        ),
        (
            FRAME + HOST + '[[host.service]]\nkind = "snmp"\nport = 161',
            "host[1] (a) . service[1] (snmp)",
            None,
            "problem.kind_transport",
        ),
        (
            FRAME + HOST + '[[host.service]]\nkind = "ssh"\nport = 22\ntransport = "udp"',
            "host[1] (a) . service[1] (ssh) . transport",
            "'udp'",
            "problem.kind_transport",
        ),
        (
            FRAME + HOST + '[[host.service]]\nkind = "http"\nport = 80\nparams = { body = "../engagement" }',
            "host[1] (a) . service[1] (http) . params . body",
            "'../engagement'",
            "problem.no_file",
        ),
        (
            FRAME + HOST + '[[host.service]]\nkind = "https"\nport = 443\nparams = { certificate = { kee = 1 } }',
            "host[1] (a) . service[1] (https) . params . certificate . kee",
            "1",
            "problem.extra_forbidden",
        ),
        (
            FRAME + HOST + '[[host.service]]\nkind = "ssh"\nport = 22\nsources = ["192.0.2.1/24"]',
            "host[1] (a) . service[1] (ssh) . sources[1]",
            "'192.0.2.1/24'",
            "problem.other",
        ),
        (
            FRAME + HOST + '[[host.service]]\nkind = "ssh"\nport = 22\nreject = true',
            "host[1] (a) . service[1] (ssh)",
            None,
            "problem.reject_whom",
        ),
        (
            FRAME + HOST + '[[host.service]]\nkind = "ssh"\nport = 22\n' * 2,
            "host[1] (a) . service",
            None,
            "problem.taken_port",
        ),
        (
            FRAME + HOST.replace("192.0.2.1", "192.0.2.200"),
            "host[1] (a) . legs[1] . ipv4",
            None,
            "problem.outside_segment",
        ),
        (FRAME + HOST.replace("lan", "wan"), "host[1] (a) . legs[1] . segment", "'wan'", "problem.no_segment"),
        (FRAME + HOST + HOST.replace('"a"', '"b"'), "host[2] (b) . legs", None, "problem.taken_address"),
        (FRAME + HOST + HOST.replace("0.2.1", "0.2.2"), "host", None, "problem.taken_name"),
        (FRAME.replace("schema = 1", "schema = 2"), "schema", "2", "problem.literal_error"),
        (FRAME.replace("loopback", "vmware"), "drivers[1]", "'vmware'", "problem.literal_error"),
        (FRAME + '[[vantage]]\nname = "v"\nsegment = "lan"', "vantage[1] (v) . ipv4", "-", "problem.missing"),
        (FRAME + '[[traffic]]\nfrom = "a"\nto = "nowhere"', "traffic[1] . to", "'nowhere'", "problem.other"),
        ("schema = ", "-", "-", "problem.toml"),
    ],
)
def test_a_wrong_entry_is_named(corner: Path, content: str, place: str, value: str | None, key: str) -> None:
    (problem,) = problems_of(corner, content)
    assert (problem.file, problem.place, problem.key) == ("scenario.toml", place, key)
    assert value is None or problem.value == value


def test_all_wrong_entries_come_at_once(corner: Path) -> None:
    shutil.rmtree(corner / "engagement")
    content = FRAME.replace("schema = 1", "schema = 3") + (
        '[[host]]\nname = "a"\nlegs = [{ segment = "wan", ipv4 = "x" }]\n'
        '[[host.service]]\nkind = "gopher"\nport = 70000\n'
        '[[host.service]]\nkind = "https"\nport = 443\nparams = { versions = ["tls9"], verions = [] }\n'
    )
    places = [problem.place for problem in problems_of(corner, content)]
    assert places == [
        "schema",
        "host[1] (a) . legs[1] . segment",
        "host[1] (a) . legs[1] . ipv4",
        "host[1] (a) . service[1] (gopher) . kind",
        "host[1] (a) . service[1] (gopher) . port",
        "host[1] (a) . service[2] (https) . params . versions[1]",
        "host[1] (a) . service[2] (https) . params . verions",
        "-",
    ]


def test_problems_read_in_both_languages(corner: Path) -> None:
    with pytest.raises(InputError) as refused:
        load(corner, FRAME + HOST + 'state = "off"')
    for lang in ("ja", "en"):
        text = refused.value.render(lang)
        assert "scenario.toml" in text
        assert "host[1] (a) . state" in text
        assert "'off'" in text


def test_an_engagement_that_is_no_toml_is_told_before_anything_is_copied(corner: Path) -> None:
    (corner / "engagement" / "engagement.toml").write_text("[[", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_scenario(corner, today=TODAY)
    assert [problem.file for problem in refused.value.problems] == ["engagement.toml"]


def test_scenarios_are_found_by_path_and_by_name(corner: Path) -> None:
    assert find_scenario(str(corner)) == corner.resolve()
    for name in built_in_names():
        assert find_scenario(name) == (BUILT_IN / name).resolve()
    with pytest.raises(LabError):
        find_scenario("no-such-scenario")


def test_a_vantage_gets_the_address_family_of_its_segment_that_the_file_leaves_out(corner: Path) -> None:
    content = (corner / "scenario.toml").read_text("utf-8").replace(', ipv6 = "2001:db8:1::100"', "")
    content = content.replace('ipv6 = "2001:db8:1::100"', "")
    assert load(corner, content).vantage[0].addresses == ("192.0.2.100", "2001:db8:1::c000:264")
