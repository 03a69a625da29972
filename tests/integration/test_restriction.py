"""Source restriction by comparing vantages: behind a list, open to all, down, refusing, for the vendor line only."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.command import sekisho
from tests.integration.conftest import FAST_PACE

pytestmark = pytest.mark.lab
SCENARIO = """
schema = 1
id = "matrix"
drivers = ["loopback"]
[[segment]]
name = "lan"
ipv4 = "198.51.100.0/27"
[[segment]]
name = "vendor"
ipv4 = "203.0.113.0/28"
[[vantage]]
name = "management"
segment = "lan"
ipv4 = "198.51.100.30"
[[vantage]]
name = "vendor"
segment = "vendor"
ipv4 = "203.0.113.9"
"""
HOST = """
[[host]]
name = "{name}"
legs = [{{ segment = "lan", ipv4 = "{address}" }}]
state = "{state}"
[[host.service]]
kind = "ssh"
port = 22
{sources}
"""
LISTED, OPEN, DOWN, VENDOR_ONLY, REFUSING = (f"198.51.100.{n}" for n in (1, 2, 3, 4, 5))
ENGAGEMENT = """
schema = 1
[facility]
name = "関所第三病院"
kind = "hospital"
timezone = "Asia/Tokyo"
[[consent]]
granted_by = "院長"
role = "hospital"
document = "documents/consent.pdf"
valid_from = {{day:-30}}
valid_until = {{day:60}}
hours = ["Mon-Sun 00:00-24:00"]
covers = ["198.51.100.0/29"]
max_tier = "T2"
methods = ["active"]
stop_contact = "0000"
[scope]
include = ["198.51.100.0/29"]
[[access]]
to = ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.5"]
ports = ["tcp/22"]
from = ["vantage:management"]
[[access]]
to = ["198.51.100.4"]
ports = ["tcp/22"]
from = ["vantage:vendor"]
[[vantage]]
name = "management"
role = "management"
[[vantage]]
name = "vendor"
role = "vendor"
[pace]
profile = "./pace.toml"
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Survey the four services from both places in one run."""
    base = tmp_path_factory.mktemp("matrix")
    engagement = base / "scenario" / "engagement"
    (engagement / "documents").mkdir(parents=True)
    (engagement / "documents" / "consent.pdf").write_bytes(b"%PDF-1.4\n")
    (engagement / "engagement.toml").write_text(ENGAGEMENT, "utf-8")
    (engagement / "pace.toml").write_text(FAST_PACE, "utf-8")
    hosts = (
        ("listed", LISTED, "up", 'sources = ["198.51.100.0/27"]'),
        ("open", OPEN, "up", ""),
        ("down", DOWN, "silent", ""),
        ("refusing", REFUSING, "up", 'sources = ["198.51.100.0/27"]\nreject = true'),
        ("vendor-only", VENDOR_ONLY, "up", 'sources = ["203.0.113.0/28"]'),
    )
    written = SCENARIO + "".join(HOST.format(name=n, address=a, state=s, sources=f) for n, a, s, f in hosts)
    (base / "scenario" / "scenario.toml").write_text(written, "utf-8")
    (base / "scenario" / "truth.json").write_text('{"schema": 1, "complete": []}', "utf-8")
    up = sekisho("lab", "up", base / "scenario", "--dir", base / "work", "--json")
    if up.code == 2:
        pytest.skip(f"no lab on this machine: {up.err}")
    folder = base / "work" / "engagement"
    try:
        done = sekisho("survey", folder, "--close")
        assert done.code == 0, done.err
    finally:
        assert sekisho("lab", "down", base / "work").code == 0
    assert sekisho("report", folder).code == 0
    yield json.loads((folder / "out" / "report.json").read_text("utf-8"))
    shutil.rmtree(base)


def test_each_service_gets_its_own_verdict(report: dict[str, Any]) -> None:
    found = {
        (r["service"].split(":")[1].split("/")[0], r["vantage"]): (r["outcome"], r["meant"], r["verdict"])
        for r in report["restriction"]
    }
    assert found == {
        (LISTED, "management"): ("ok", "yes", "proven_restricted"),
        (LISTED, "vendor"): ("filtered", "no", "proven_restricted"),
        (OPEN, "management"): ("ok", "yes", "inconclusive"),
        (OPEN, "vendor"): ("ok", "no", "proven_open"),
        (DOWN, "management"): ("timeout", "yes", "inconclusive"),
        (DOWN, "vendor"): ("timeout", "no", "inconclusive"),
        (REFUSING, "management"): ("ok", "yes", "proven_restricted"),
        (REFUSING, "vendor"): ("refused", "no", "proven_restricted"),
        (VENDOR_ONLY, "management"): ("filtered", "no", "proven_restricted"),
        (VENDOR_ONLY, "vendor"): ("ok", "yes", "proven_restricted"),
    }


def test_what_is_filtered_here_names_what_answered_there(report: dict[str, Any]) -> None:
    controls = {(r["service"], r["vantage"]): r["control"] for r in report["restriction"] if r["control"]}
    assert {k: (c["vantage"], c["kind"]) for k, c in controls.items()} == {
        (f"service:{LISTED}/tcp/22", "vendor"): ("management", "near"),
        (f"service:{VENDOR_ONLY}/tcp/22", "management"): ("vendor", "near"),
        (f"service:{REFUSING}/tcp/22", "vendor"): ("management", "around"),
    }


def test_a_refusal_is_settled_by_one_more_try_from_where_it_answered(report: dict[str, Any]) -> None:
    asked = [a["vantage"] for a in report["attempts"] if a["subject"] == f"service:{REFUSING}/tcp/22"]
    ports = [a for a in report["attempts"] if a["subject"] == f"service:{REFUSING}/tcp/22" and a["probe"] == "ports"]
    assert "vendor" not in asked, "what refused is not asked a second time"
    assert [(a["vantage"], a["outcome"]) for a in ports] == [("management", "ok")]


def test_the_findings_agree(report: dict[str, Any]) -> None:
    found = {f["subject"]: f["verdict"] for f in report["findings"] if f["topic"] == "management.exposure"}
    assert found == {
        f"service:{LISTED}/tcp/22": "pass",
        f"service:{OPEN}/tcp/22": "fail",
        f"service:{VENDOR_ONLY}/tcp/22": "pass",
        f"service:{REFUSING}/tcp/22": "pass",
    }
