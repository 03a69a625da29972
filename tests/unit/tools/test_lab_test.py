"""What `make lab-test` makes of its results: when it is content, what it prints, what it leaves as data."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tools import lab_test
from tools.lab_test import Result

PERFECT = {"recall": 1.0, "precision": 1.0}


def result(**changes: Any) -> Result:
    """A scenario that is good but for the changes."""
    sections = {section: dict(PERFECT) for section in lab_test.SECTIONS}
    return Result(**{"scenario": "clinic", "driver": "container", "hosts": 3, "sections": sections, **changes})


def with_section(name: str, **shares: float | None) -> dict[str, dict[str, Any]]:
    """All sections perfect but one."""
    return {**result().sections, name: {**PERFECT, **shares}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"sections": with_section("connection_points", recall=None, precision=None)}, []),
        # Answers have no goal of their own; their unsafe passes count.
        ({"sections": with_section("answers", recall=0.5)}, []),
        ({"sections": with_section("services", recall=0.99999)}, ["services recall 0.9999"]),
        ({"sections": with_section("findings", precision=0.5)}, ["findings precision 0.5000"]),
        ({"sections": with_section("connection_points", recall=0.0)}, ["connection_points recall 0.0000"]),
        ({"unsafe_passes": 1}, ["1 unsafe passes"]),
        ({"leftovers": ["namespace lab-x"]}, ["namespace lab-x"]),
        ({"problems": ["survey: exit 3"]}, ["survey: exit 3"]),
        ({"sections": {}}, ["no score"]),
    ],
)
def test_a_scenario_is_good_only_when_nothing_falls_short(changes: dict[str, Any], expected: list[str]) -> None:
    assert result(**changes).short_of == expected


def run(
    monkeypatch: pytest.MonkeyPatch, folder: Path, given: Result, *options: str, tests_pass: bool = True
) -> tuple[int, dict[str, Any]]:
    """Run the program with a made-up result; gives exit code and table."""
    monkeypatch.setattr(lab_test, "OUT", folder)
    monkeypatch.setattr(lab_test, "one_scenario", lambda _name, _folder: given)
    monkeypatch.setattr(lab_test, "run_tests", lambda: tests_pass)
    monkeypatch.setattr(sys, "argv", ["lab_test", "--scenario", "clinic", *options])
    code = lab_test.main()
    table: dict[str, Any] = json.loads((folder / "table.json").read_text(encoding="utf-8"))
    return code, table


def test_all_is_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, table = run(monkeypatch, tmp_path, result(seconds=12.4))
    assert (code, table["good"], table["tests_pass"]) == (0, True, True)
    printed = capsys.readouterr().out
    assert "1.00/1.00" in printed
    assert "FAIL" not in printed


def test_what_is_not_perfect_never_reads_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = result(sections=with_section("findings", recall=0.999))
    code, table = run(monkeypatch, tmp_path, given, "--no-tests")
    assert (code, table["good"], table["tests_pass"]) == (1, False, None)
    assert table["scenarios"][0]["short_of"] == ["findings recall 0.9990"]
    printed = capsys.readouterr().out
    assert "0.99/1.00" in printed
    assert "FAIL clinic: findings recall 0.9990" in printed


def test_failed_tests_fail_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, table = run(monkeypatch, tmp_path, result(), tests_pass=False)
    assert (code, table["tests_pass"]) == (1, False)


def test_a_scenario_that_nobody_knows_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lab_test, "OUT", tmp_path)
    (told,) = lab_test.one_scenario("no-such-place", tmp_path).problems
    assert "no-such-place" in told
