"""What a survey makes of a host, of a vantage and of itself that go away halfway: exit 3, the rest later, told."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.drivers.container.docker import docker
from lab.drivers.container.plan import make_plan
from lab.scenario.load import load_scenario
from tests.integration.command import Done, copy_of, end, replace_in, rows, sekisho, start, until
from tests.integration.containers.conftest import SCENARIOS, Up, brought_up

pytestmark = [pytest.mark.containers, pytest.mark.timeout(300)]
OPEN = "198.51.100.3"
ALL = {f"service:{a}/tcp/22" for a in ("198.51.100.2", OPEN, "2001:db8:2::2", "2001:db8:2::3", "198.51.100.5")}


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """The scenario of the restriction matrix: a router, and servers behind it."""
    with brought_up(SCENARIOS / "restricted", tmp_path / "work") as lab:
        yield lab


@pytest.fixture
def folder(up: Up, tmp_path: Path) -> Path:
    """Its engagement, slowed down so that there is a middle, with the stop that a hospital has."""
    copied = copy_of(up.work / "engagement", tmp_path / "engagement")
    replace_in(copied / "pace.toml", ("host_packets_per_s = 5000", "host_packets_per_s = 15"))
    replace_in(copied / "engagement.toml", ("consecutive_timeouts = 500", "consecutive_timeouts = 5"))
    return copied


def report_of(folder: Path) -> dict[str, Any]:
    assert sekisho("report", folder).code == 0
    found: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    return found


def limits_of(report: dict[str, Any]) -> dict[str, list[str]]:
    return {limit["id"]: limit["subjects"] for limit in report["limits"]}


def verdicts_about(report: dict[str, Any], subject: str) -> set[str]:
    return {f["verdict"] for f in report["findings"] if f["subject"] == subject and f["topic"].startswith("tls")}


def halfway(folder: Path) -> subprocess.Popen[str]:
    """Begin a survey and wait until something is being said to a service: its ports are known, and more is to come."""
    process = start("survey", folder, "--close")
    query = "select 1 from ledger where kind = 'payload' and address = ?"
    until(lambda: bool(rows(folder, query, OPEN)), process)
    return process


def resumed(folder: Path) -> Done:
    return sekisho("survey", folder, "--resume", "--close")


def cable(up: Up, station: str, state: str) -> None:
    """Pull the cable of a vantage or a host out of its switch, or plug it in again."""
    plan = make_plan(load_scenario(up.work, today=datetime.now(UTC).date()))
    (plugged,) = {**plan.hosts, **plan.vantages}[station].cables
    subprocess.run(["ip", "-n", up.name, "link", "set", plugged.port, state], check=True)


def test_a_host_killed_halfway_is_named_and_what_it_owed_stays_unknown(up: Up, folder: Path) -> None:
    """Who dies refuses at first and is silent then: which of the two ends the asking, is a matter of moments."""
    process = halfway(folder)
    docker("kill", f"{up.name}-open")
    done = end(process)
    assert done.code == 3, done.err
    assert any(word in done.err for word in ("fell silent", "began to refuse")), done.err
    for _ in range(2):  # each of its two addresses is looked after once more where it fell silent
        if "--resume" in done.err:
            assert "run_open" in limits_of(report_of(folder))
            done = resumed(folder)
            assert done.code in {0, 3}
    report = report_of(folder)
    limits = limits_of(report)
    assert "run_open" not in limits
    named = {*limits.get("fell_silent", ()), *limits.get("banned", ()), *limits.get("not_finished", ())}
    about = {a["outcome"] for a in report["attempts"] if a["subject"].startswith((f"service:{OPEN}/", f"host:{OPEN}"))}
    assert named or about & {"timeout", "host_gone", "interrupted", "refused"}
    judged = [verdicts_about(report, f"service:{OPEN}/tcp/{port}") for port in (443, 8443, 9443)]
    assert any("unknown" in verdicts for verdicts in judged)
    assert {s["id"] for s in report["services"]} >= {"service:198.51.100.2/tcp/22", "service:198.51.100.5/tcp/22"}


def test_a_host_that_comes_back_is_asked_what_was_left(up: Up, folder: Path) -> None:
    process = halfway(folder)
    cable(up, "open", "down")
    done = end(process)
    assert (done.code, "fell silent" in done.err, "--resume" in done.err) == (3, True, True), done.err
    cable(up, "open", "up")
    again = resumed(folder)
    assert again.code == 0, again.err
    report = report_of(folder)
    assert "run_open" not in limits_of(report)
    for port in (443, 8443, 9443):
        assert "pass" in verdicts_about(report, f"service:{OPEN}/tcp/{port}")


def test_a_vantage_whose_cable_is_pulled_halfway(up: Up, folder: Path) -> None:
    process = halfway(folder)
    cable(up, "management", "down")
    done = end(process)
    assert (done.code, "--resume" in done.err) == (3, True), done.err
    assert "run_open" in limits_of(report_of(folder))
    cable(up, "management", "up")
    again = resumed(folder)
    assert again.code == 0, again.err
    report = report_of(folder)
    assert "run_open" not in limits_of(report)
    assert {s["id"] for s in report["services"]} >= ALL
    assert {v["name"] for v in report["vantages"]} == {"management", "vendor"}


def test_a_vantage_whose_namespace_is_taken_away_halfway(up: Up, folder: Path) -> None:
    process = halfway(folder)
    subprocess.run(["ip", "netns", "delete", f"{up.name}-management"], check=True)
    done = end(process)
    assert (done.code, "management: the network namespace" in done.err) == (3, True), done.err
    assert rows(folder, "select 1 from attempt where outcome = 'tool_error'") == []
    assert "run_open" in limits_of(report_of(folder))
    again = resumed(folder)
    assert (again.code, "management" in again.err) == (3, True), again.err
    report = report_of(folder)
    assert "run_open" not in limits_of(report), "from the other vantage all was asked"
    assert {s["id"] for s in report["services"]} >= {f"service:{OPEN}/tcp/22", "service:198.51.100.5/tcp/22"}
    assert "not_finished" in limits_of(report)


def test_a_survey_killed_halfway_goes_on_where_it_was(up: Up, folder: Path) -> None:
    process = halfway(folder)
    process.kill()
    process.communicate()
    assert "run_open" in limits_of(report_of(folder))
    again = resumed(folder)
    assert again.code == 0, again.err
    report = report_of(folder)
    assert {s["id"] for s in report["services"]} >= ALL
    tables = ["ip", "netns", "exec", f"{up.name}-management", "nft", "list", "tables"]
    listed = subprocess.run(tables, capture_output=True, text=True, check=True)
    assert "sekisho_" not in listed.stdout, "what the killed part left in the kernel is gone"
