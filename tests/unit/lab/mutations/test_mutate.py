"""Each mutation changes one thing of a copy, and moves at least one row of the scenario's truth."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from lab.errors import LabError
from lab.mutate import OPERATORS, mutations
from lab.mutations.devices import hosts_down, tls_versions
from lab.mutations.model import Candidate, Folder
from lab.mutations.tables import read_rows, remove_row, set_cell
from lab.mutations.versions import versions_changed
from lab.scenario.load import BUILT_IN, built_in_names, load_scenario
from lab.score import score
from lab.scoring.documents import Report, Truth

TODAY = date(2026, 11, 21)
TRUTH: dict[str, Any] = {
    "schema": 1,
    "connection_points": [{"at": "@L-1", "kinds": ["K7"]}, {"at": "192.0.2.1", "kinds": ["K5"]}],
    "services": [
        {"at": "192.0.2.1", "transport": "tcp", "port": 23},
        {"at": "192.0.2.30", "transport": "tcp", "port": 22},
    ],
    "findings": [
        {"subject": "service:192.0.2.1/tcp/443", "topic": "tls.version", "verdict": "fail"},
        {"subject": "host:192.0.2.1", "topic": "firmware.eol", "verdict": "fail"},
        {"subject": "host:192.0.2.30", "topic": "register.undeclared", "verdict": "pass"},
    ],
    "complete": ["services", "topic:register.retired_but_alive", "topic:register.undeclared"],
}
SERVER = """
[[host]]
name = "server"
legs = [{ segment = "lan", ipv4 = "192.0.2.30" }]
[[host.service]]
kind = "ssh"
port = 22
"""


@pytest.fixture
def folder(corner: Path) -> Folder:
    """A copy with something to change for each operator."""
    file = corner / "scenario.toml"
    file.write_text(file.read_text(encoding="utf-8") + SERVER, encoding="utf-8")
    documents = corner / "engagement" / "documents"
    (documents / "devices.csv").write_text(
        "管理番号,バージョン,IPアドレス,状態\n"
        "D-1,Rev.14.01.34,192.0.2.1 / 198.51.100.1,使用中\n"
        "D-2,,192.0.2.30,使用中\n",
        encoding="utf-8-sig",
    )
    (documents / "lines.csv").write_text("管理番号,回線種別\nL-1,ISDN\nL-10,光\n", encoding="cp932")
    (corner / "truth.json").write_text(json.dumps(TRUTH), encoding="utf-8")
    return Folder(corner)


def offered(folder: Folder) -> dict[str, list[Candidate]]:
    """Give all changes on offer, by operator."""
    found: dict[str, list[Candidate]] = {}
    for operator in OPERATORS:
        for candidate in operator(folder):
            found.setdefault(candidate.operator, []).append(candidate)
    return found


def test_every_operator_offers_what_moves_the_truth(folder: Folder) -> None:
    places = {
        name: [(entry.place, entry.before, entry.after) for entry in found] for name, found in offered(folder).items()
    }
    assert places["host-down"] == [("maint-router", "up", "down"), ("server", "up", "down")]
    assert [place for place, _, _ in places["sources-closed"]] == ["maint-router tcp/23", "server tcp/22"]
    assert [place for place, _, _ in places["sources-opened"]] == ["maint-router tcp/443", "maint-router udp/161"]
    assert places["tls-versions"] == [("maint-router tcp/443", "tls1.0, tls1.2", "tls1.2, tls1.3")]
    assert places["version-changed"] == [("maint-router", "14.01.34", "99.99.99")]
    assert [place for place, _, _ in places["register-row-removed"]] == ["devices.csv 192.0.2.30"]
    assert places["register-address-changed"] == [("devices.csv 192.0.2.30", "192.0.2.30", "192.0.2.126")]
    assert places["register-state-changed"] == [("devices.csv 192.0.2.30", "使用中", "廃棄済")]
    assert [place for place, _, _ in places["line-removed"]] == ["lines.csv L-1"]


@pytest.mark.parametrize("seed", range(40))
def test_a_mutation_changes_the_copy_and_keeps_it_valid(folder: Folder, seed: int) -> None:
    before = {file: file.read_bytes() for file in folder.root.rglob("*") if file.is_file()}
    mutation = mutations(folder.root, seed)
    changed = [file.name for file, content in before.items() if file.read_bytes() != content]
    assert len(changed) == 1
    assert "truth.json" not in changed
    assert mutation.touches
    load_scenario(folder.root, today=TODAY)


def test_the_same_seed_makes_the_same_change(folder: Folder, tmp_path: Path) -> None:
    shutil.copytree(folder.root, tmp_path / "twin")
    assert mutations(folder.root, 7) == mutations(tmp_path / "twin", 7)
    assert (folder.root / "scenario.toml").read_bytes() == (tmp_path / "twin" / "scenario.toml").read_bytes()


@pytest.mark.parametrize("seed", range(40))
def test_a_report_of_the_changed_scenario_no_longer_agrees_with_the_old_truth(folder: Folder, seed: int) -> None:
    truth = Truth.model_validate(TRUTH)
    # A perfect report of the old scenario, then the same with the rows of the mutation changed.
    report: dict[str, Any] = {
        "snapshot": {"stages": ["active", "documents"]},
        "assets": [],
        "connection_points": [
            {"id": f"point:{row['at']}/K", "kinds": row["kinds"], "addresses": [row["at"]]}
            for row in TRUTH["connection_points"]
        ],
        "services": [{**row, "address": row["at"]} for row in TRUTH["services"]],
        "findings": list(TRUTH["findings"]),
        "answers": [],
    }
    assert score(Report.model_validate(report), truth).is_perfect
    for change in mutations(folder.root, seed).truth_changes:
        rows = report[change.section]
        if change.before is not None:
            at = (
                TRUTH[change.section].index(change.before)
                if change.section != "findings"
                else rows.index(change.before)
            )
            rows[at] = None
        if change.after is not None:
            rows.append({**change.after, "address": change.after.get("at")})
    report.update({key: [row for row in report[key] if row] for key in ("connection_points", "services", "findings")})
    assert not score(Report.model_validate(report), truth).is_perfect


@pytest.mark.parametrize("name", built_in_names())
def test_built_in_scenarios_can_be_mutated(name: str, tmp_path: Path) -> None:
    operators = set()
    for seed in range(15):
        copy = tmp_path / str(seed)
        shutil.copytree(BUILT_IN / name, copy)
        operators.add(mutations(copy, seed).operator)
        load_scenario(copy, today=TODAY)
    assert len(operators) >= 3


def test_a_scenario_without_truth_offers_nothing(corner: Path) -> None:
    (corner / "truth.json").write_text('{"schema": 1}', encoding="utf-8")
    with pytest.raises(LabError):
        mutations(corner, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_csv_registers_keep_their_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "devices.csv"
    file.write_bytes("番号,表\r\n1,ソ\r\n2,能\r\n".encode(encoding))
    rows = list(read_rows(tmp_path))
    set_cell(rows[2], 1, "予")
    remove_row(rows[1])
    assert file.read_bytes() == "番号,表\r\n2,予\r\n".encode(encoding)


def test_workbook_registers_change_in_one_place(tmp_path: Path) -> None:
    workbook = Workbook()
    assert workbook.active is not None
    for row in (["番号", "状態"], [1, "使用中"], [2, None]):
        workbook.active.append(row)
    workbook.save(tmp_path / "devices.xlsx")
    rows = list(read_rows(tmp_path))
    assert rows[1].cells == ("1", "使用中")
    set_cell(rows[2], 1, "廃棄済")
    remove_row(rows[1])
    sheet = load_workbook(tmp_path / "devices.xlsx").worksheets[0]
    assert list(sheet.iter_rows(values_only=True)) == [("番号", "状態"), (2, "廃棄済")]


@pytest.mark.parametrize("name", built_in_names())
def test_every_change_of_a_built_in_scenario_leaves_one_that_can_be_read(name: str, tmp_path: Path) -> None:
    count = len(list(changes_of(BUILT_IN / name)))
    assert count
    for number in range(count):
        copy = tmp_path / str(number)
        shutil.copytree(BUILT_IN / name, copy)
        folder = Folder(copy)
        list(changes_of(folder))[number].apply()
        folder.save()
        load_scenario(copy, today=TODAY)


def changes_of(scenario: Path | Folder) -> list[Candidate]:
    """Give all changes of devices on offer."""
    folder = Folder(scenario) if isinstance(scenario, Path) else scenario
    return [found for operator in (hosts_down, tls_versions) for found in operator(folder)]


def test_a_host_that_vanishes_anyway_is_not_let_go_down() -> None:
    assert "srv-vanish" not in {change.place for change in hosts_down(Folder(BUILT_IN / "hostile"))}


def test_tls_versions_change_whatever_software_serves_them() -> None:
    scenario = load_scenario(BUILT_IN / "general-hospital", today=TODAY)
    kind_of = {f"{h.name} {s.transport}/{s.port}": s.kind for h in scenario.host for s in h.service}
    offered_for = {kind_of[change.place] for change in tls_versions(Folder(BUILT_IN / "general-hospital"))}
    assert offered_for >= {"nginx", "portal"}


def test_a_mac_address_in_groups_of_four_is_no_version() -> None:
    offered_versions = {change.after for change in versions_changed(Folder(BUILT_IN / "general-hospital"))}
    assert offered_versions
    assert not {version for version in offered_versions if version.startswith("0200.")}
