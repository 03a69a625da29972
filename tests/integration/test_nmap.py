"""`survey --nmap` on a T3 host: nmap really runs, its report is evidence, and the ledger is still what left us."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scanners.nmap.parse import read_nmap_xml
from sekisho.model.transcript import EventKind, Transcript
from tests.integration.command import copy_of, replace_in, rows, sekisho
from tests.integration.conftest import Lab, narrowed
from tests.integration.wire import counted

pytestmark = [pytest.mark.lab, pytest.mark.skipif(shutil.which("nmap") is None, reason="needs nmap")]


def report_of(folder: Path) -> dict[str, Any]:
    assert sekisho("report", folder).code == 0
    report: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    return report


def as_t3(folder: Path, address: str) -> Path:
    row = f'[[scope.tier]]\naddresses = ["{address}"]\ntier = "T3"\nreason = "lab"\n[[vantage]]'
    replace_in(folder / "engagement.toml", ("[[vantage]]", row))
    return folder


def test_nmap_runs_once_per_host_and_keeps_to_the_ledger(lab: Lab, tmp_path: Path) -> None:
    folder = as_t3(narrowed(copy_of(lab.pristine, tmp_path / "engagement"), lab.server), lab.server)
    with counted(folder) as wire:
        done = sekisho("survey", folder, "--nmap", "--close", "--json")
        assert done.code == 0, done.err
        ledger = {h["host"]: h["packets"] for h in sekisho("ledger", folder, "--json").json() if h["packets"]}
        assert wire.packets() == ledger
        assert {port for _, port in wire.ports()} <= {22, 23, 443}
    started = rows(folder, "select address, note from ledger where kind = 'process'")
    arguments = "nmap -n -Pn -sT -sV --max-parallelism 1 --version-intensity 2 -p 22,443 -oX -"
    assert started == [(lab.server, f"{arguments} {lab.server}")]
    report = report_of(folder)
    (attempt,) = [a for a in report["attempts"] if a["probe"] == "nmap"]
    assert (attempt["subject"], attempt["outcome"]) == (f"host:{lab.server}", "ok")
    (evidence,) = attempt["evidence"]
    xml = xml_of(folder, evidence)
    (host,) = read_nmap_xml(xml).hosts
    assert {p.port: p.product for p in host.ports}[22] == "OpenSSH"
    assert {p.port for p in host.ports} == {22, 443}
    assert sekisho("replay", folder).code == 0


def xml_of(folder: Path, evidence: str) -> bytes:
    """Take nmap's report out of its transcript."""
    (path,) = [p for p in (folder / "evidence").rglob("*") if p.is_file() and p.name.startswith(evidence)]
    transcript = Transcript.from_bytes(path.read_bytes())
    (xml,) = [e.data for e in transcript.events if e.kind is EventKind.FILE]
    return xml


def test_without_a_t3_target_it_is_not_started_and_that_is_a_limit(lab: Lab, router_only: Path) -> None:
    done = sekisho("survey", router_only, "--nmap", "--close", "--json")
    assert done.code == 0, done.err
    assert "no T3 target: nmap not started" in done.err
    assert done.json()["not_started"] == ["management: no T3 target: nmap not started"]
    limits = {limit["id"]: limit["what"]["en"] for limit in report_of(router_only)["limits"]}
    assert "nmap" in limits["detection_not_started"]
    assert rows(router_only, "select 1 from ledger where kind = 'process'") == []
