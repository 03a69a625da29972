"""report.json of a real little run follows the published schema: one nmap file handed in, judged, no packet sent."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.contract.sources import ROOT
from tests.engagement_folder import ALWAYS, make_folder, settings

SEKISHO = Path(sys.executable).parent / "sekisho"
SCHEMA = json.loads((ROOT / "docs" / "schema" / "report.schema.json").read_text("utf-8"))
TOP_LEVEL = {
    "schema_version", "engagement", "snapshot", "vantages", "connection_points", "assets", "services", "findings",
    "answers", "restriction", "attempts", "reconciliation", "waivers", "ledger", "limits",
}  # fmt: skip
ENGAGEMENT = settings(
    "192.0.2.0/28", valid=(date(2020, 1, 1), date(2020, 12, 31)), hours=ALWAYS,
    more='[assess]\nchecklists = ["mhlw-hospital-r7"]\ntls_policy = "cryptrec-3.0.1-high"\n',
)  # fmt: skip
NMAP = """<?xml version="1.0"?>
<nmaprun scanner="nmap" args="nmap -sV -oX - 192.0.2.1" start="1700000000" version="7.93" xmloutputversion="1.05">
<host starttime="1700000000" endtime="1700000009"><status state="up" reason="syn-ack" reason_ttl="0"/>
<address addr="192.0.2.1" addrtype="ipv4"/><hostnames/>
<ports><port protocol="tcp" portid="23"><state state="open" reason="syn-ack" reason_ttl="0"/>
<service name="telnet" product="Yamaha RTX telnetd" method="probed" conf="10"/></port></ports></host>
<runstats><finished time="1700000009" exit="success"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = make_folder(tmp_path_factory.mktemp("engagement"), ENGAGEMENT)
    scan = folder.parent / f"{folder.name}.xml"
    scan.write_text(NMAP, "utf-8")
    for command in (("ingest", folder, scan), ("assess", folder)):
        subprocess.run([SEKISHO, *command], check=True, capture_output=True)
    loaded: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    return loaded


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_real_report_follows_it(report: dict[str, Any]) -> None:
    assert [e.json_path + ": " + e.message for e in Draft202012Validator(SCHEMA).iter_errors(report)] == []


def test_the_report_has_exactly_the_keys_of_the_contract(report: dict[str, Any]) -> None:
    assert set(report) == TOP_LEVEL
    assert set(SCHEMA["properties"]) == TOP_LEVEL
    assert set(SCHEMA["required"]) == TOP_LEVEL


def test_what_was_handed_in_is_reported(report: dict[str, Any]) -> None:
    assert [s["id"] for s in report["services"]] == ["service:192.0.2.1/tcp/23"]
    assert report["ledger"]["packets"] == 0


@pytest.mark.parametrize("part", ["findings", "answers", "attempts", "services"])
def test_a_report_that_breaks_the_contract_is_found(report: dict[str, Any], part: str) -> None:
    changes: tuple[dict[str, Any], ...] = ({part: [{}]}, {part: None}, {"surprise": 1})
    for broken in changes:
        assert list(Draft202012Validator(SCHEMA).iter_errors({**report, **broken})), broken
