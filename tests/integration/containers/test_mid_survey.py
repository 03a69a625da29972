"""What a survey makes of a host, and of a vantage, that go away halfway."""

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
from tests.integration.command import copy_of, end, replace_in, rows, sekisho, start, until
from tests.integration.containers.conftest import SCENARIOS, Up, brought_up

pytestmark = [pytest.mark.containers, pytest.mark.timeout(300)]
OPEN, LISTED = "198.51.100.3", "198.51.100.2"


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """The scenario of the restriction matrix: a router, and servers behind it."""
    with brought_up(SCENARIOS / "restricted", tmp_path / "work") as lab:
        yield lab


@pytest.fixture
def folder(up: Up, tmp_path: Path) -> Path:
    """Its engagement, slowed down so that there is a middle."""
    copied = copy_of(up.work / "engagement", tmp_path / "engagement")
    replace_in(copied / "pace.toml", ("host_packets_per_s = 5000", "host_packets_per_s = 15"))
    replace_in(copied / "engagement.toml", ("consecutive_timeouts = 500", "consecutive_timeouts = 5"))
    return copied


def report_of(folder: Path) -> dict[str, Any]:
    assert sekisho("report", folder).code == 0
    found: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    return found


def examined(folder: Path, address: str) -> bool:
    """Tell whether something was said to a service of a host: its ports are known, and more is to come."""
    return bool(rows(folder, "select 1 from ledger where kind = 'payload' and address = ?", address))


def cable(up: Up, vantage: str, state: str) -> None:
    """Pull a vantage's cable out of its switch, or plug it in again."""
    plan = make_plan(load_scenario(up.work, today=datetime.now(UTC).date()))
    (plugged,) = plan.vantages[vantage].cables
    subprocess.run(["ip", "-n", up.name, "link", "set", plugged.port, state], check=True)


def test_a_vantage_whose_cable_is_pulled_halfway(up: Up, folder: Path) -> None:
    process = start("survey", folder, "--close")
    until(lambda: examined(folder, OPEN), process)
    cable(up, "management", "down")
    done = end(process)
    print("CABLE", done)
    report = report_of(folder)
    print([(x["id"], x["what"]["en"]) for x in report["limits"]])
    cable(up, "management", "up")
    again = sekisho("survey", folder, "--resume", "--close")
    print("AGAIN", again)
    report = report_of(folder)
    print([(x["id"], x["what"]["en"]) for x in report["limits"]])
    for r in rows(folder, "select vantage, subject, scanner, outcome, detail from attempt where outcome != 'ok' order by id"):
        print(r)
    assert 0


def test_a_vantage_whose_namespace_is_removed_halfway(up: Up, folder: Path) -> None:
    process = start("survey", folder, "--close")
    until(lambda: examined(folder, OPEN), process)
    subprocess.run(["ip", "netns", "delete", f"{up.name}-management"], check=True)
    done = end(process)
    print("NETNS", done)
    report = report_of(folder)
    print([(x["id"], x["what"]["en"]) for x in report["limits"]])
    for r in rows(folder, "select vantage, subject, scanner, outcome, detail from attempt where outcome != 'ok' order by id"):
        print(r)
    again = sekisho("survey", folder, "--resume", "--close")
    print("AGAIN", again)
    assert 0


def test_a_survey_killed_halfway(up: Up, folder: Path) -> None:
    process = start("survey", folder, "--close")
    until(lambda: examined(folder, OPEN), process)
    process.kill()
    process.communicate()
    print([(x["id"], x["what"]["en"]) for x in report_of(folder)["limits"]])
    again = sekisho("survey", folder, "--resume", "--close")
    print("AGAIN", again)
    for r in rows(folder, "select vantage, subject, scanner, outcome, detail from attempt where outcome != 'ok' order by id"):
        print(r)
    assert 0


def test_a_host_killed_halfway(up: Up, folder: Path) -> None:
    process = start("survey", folder, "--close")
    until(lambda: examined(folder, OPEN), process)
    docker("kill", f"{up.name}-open")
    done = end(process)
    print(done)
    for r in rows(folder, "select vantage, subject, scanner, outcome, detail from attempt where subject like ? order by id", f"%{OPEN}%"):
        print(r)
    report = report_of(folder)
    print(json.dumps(report["limits"], ensure_ascii=False, indent=1)[:6000])
    assert 0
