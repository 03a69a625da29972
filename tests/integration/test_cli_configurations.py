"""A configuration that is handed over: taken in without its secrets, read, judged, replayed."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command import sekisho
from tests.integration.test_cli_refusals import sound_folder

CANARIES = ("K4naria-psk-77", "K4naria-admin-12", "K4naria-snmp-9")
EDGE = f"""# RTX830 Rev.15.02.26 (Thu Aug 25 10:00:00 2022)
administrator password {CANARIES[1]}
ip route default gateway pp 1
ip lan1 address 192.0.2.1/24
pp select 1
 pppoe use lan2
 ip pp address 203.0.113.9/32
 ip pp secure filter in 1001 1099
 pp enable 1
tunnel select 1
 ipsec ike pre-shared-key 1 text {CANARIES[0]}
ip filter 1001 pass * * tcp * 22
ip filter 1099 reject * * * * *
telnetd service off
httpd host none
snmp host none
snmp community read-only {CANARIES[2]}
sshd service on
sshd host any
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an engagement that nothing was surveyed in yet."""
    return sound_folder(tmp_path / "engagement")


def today() -> str:
    """Give the day as the facility's option takes it, never one that has not begun in UTC."""
    return datetime.now(UTC).date().isoformat()


def handed_over(folder: Path, text: str, name: str = "edge.txt") -> Path:
    """Put a configuration where a hospital would."""
    (folder / "configs").mkdir(exist_ok=True)
    path = folder / "configs" / name
    path.write_text(text, "utf-8")
    return path


def report_of(folder: Path) -> Any:
    """Read the report."""
    return json.loads((folder / "out/report.json").read_text("utf-8"))


def test_a_configuration_is_judged_and_replays(folder: Path) -> None:
    config = handed_over(folder, EDGE)
    assert sekisho("ingest", folder, config, "--as-of", today()).code == 0
    assert sekisho("assess", folder).code == 0
    report = report_of(folder)
    found = {(f["check"], f["subject"]): f for f in report["findings"]}
    outside = found["management.configuration-is-restricted", "service:203.0.113.9/tcp/22"]
    assert outside["verdict"] == "fail"
    assert "0.0.0.0/0 - (192.0.2.0/24, 203.0.113.9/32)" in outside["reason"]["en"]
    assert "lines: 12" in outside["reason"]["en"], "the filter that lets them in"
    switched_off = found["management.configuration-is-restricted", "service:203.0.113.9/tcp/23"]
    assert switched_off["verdict"] == "pass"
    assert found["log.record-is-forwarded", "host:192.0.2.1"]["verdict"] == "fail"
    assert found["time.server-is-set", "host:192.0.2.1"]["verdict"] == "fail"
    device = next(a for a in report["assets"] if "192.0.2.1" in a["addresses"])
    assert (device["product"], device["version"]) == ("RTX830", "15.02.26")
    assert "203.0.113.9" in device["addresses"], "one device by its configuration"
    assert sekisho("replay", folder).code == 0


def test_no_secret_is_kept_anywhere(folder: Path) -> None:
    config = handed_over(folder, EDGE)
    done = sekisho("--verbose", "ingest", folder, config, "--as-of", today())
    assert sekisho("assess", folder).code == 0
    said = (done.out + done.err).encode()
    kept = [p for p in folder.rglob("*") if p.is_file() and p != config]
    assert len(kept) > 5
    for path in kept:
        raw = path.read_bytes()
        raw += gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else b""
        for canary in CANARIES:
            assert canary.encode() not in raw, path
            assert canary.encode("utf-16-le") not in raw, path
    assert not any(c.encode() in said for c in CANARIES)


def test_the_same_file_is_taken_in_once(folder: Path) -> None:
    config = handed_over(folder, EDGE)
    first = sekisho("ingest", folder, config, "--as-of", today(), "--json")
    again = sekisho("ingest", folder, config, "--as-of", today(), "--json")
    assert [f["new"] for f in (*first.json(), *again.json())] == [True, False]


def test_a_configuration_that_states_no_day_needs_one(folder: Path) -> None:
    config = handed_over(folder, EDGE)
    refused = sekisho("ingest", folder, config)
    assert refused.code == 2
    assert "edge.txt" in refused.err
    assert "--as-of" in refused.err
    assert sekisho("ingest", folder, config, "--as-of", "2999-01-01").code == 2


def test_an_old_configuration_says_nothing_of_the_present(folder: Path) -> None:
    assert sekisho("ingest", folder, handed_over(folder, EDGE), "--as-of", "2024-01-01").code == 0
    assert sekisho("assess", folder).code == 0
    report = report_of(folder)
    assert not [f for f in report["findings"] if f["check"] == "log.record-is-forwarded"]
    assert {"import_old", "no_configuration"} <= {limit["id"] for limit in report["limits"]}
