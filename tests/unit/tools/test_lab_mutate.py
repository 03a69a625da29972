"""When `make lab-mutate` calls a mutation noticed, and what it prints of a hostile register."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from lab.scenario.load import BUILT_IN
from tools import lab_mutate
from tools.lab_mutate import Subject, harmless, one_round
from tools.lab_test import SCENARIOS

KNOWN = ("missed services 192.0.2.9 tcp/80 http", "false findings host:192.0.2.9 register.missing fail")


@pytest.mark.parametrize(
    ("wrong", "noticed"),
    [
        (KNOWN, False),
        (KNOWN[:1], False),  # better than before is no sign of having looked
        ((), False),
        ((*KNOWN, "missed services 198.51.100.1 tcp/23 telnet"), True),
        ((*KNOWN, KNOWN[0]), True),  # the same words twice are another row
        (None, True),  # the survey refused the documents
    ],
)
def test_noticed_is_what_the_unchanged_scenario_does_not_show(
    wrong: tuple[str, ...] | None, *, noticed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Path, str]] = []

    def surveyed(scenario: Path, driver: str, _folder: Path) -> Counter[str] | None:
        seen.append((scenario, driver))
        return None if wrong is None else Counter(wrong)

    monkeypatch.setattr(lab_mutate, "surveyed", surveyed)
    what, answer = one_round(Subject(BUILT_IN / "one-device", "loopback", Counter(KNOWN)), 7, tmp_path)
    assert answer is noticed
    assert what.startswith("one-device ")
    assert seen == [(tmp_path / "scenario", "loopback")]


def test_scenarios_take_turns_and_time_ends_the_rounds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lab_mutate, "subject", lambda name: Subject(Path(name), "loopback", Counter()))
    monkeypatch.setattr(lab_mutate, "one_round", lambda mutated, seed, _folder: (f"{mutated.folder} {seed}", True))
    monkeypatch.setattr(sys, "argv", ["lab_mutate", "--scenario", "all", "--count", "6", "--seed", "1"])
    assert lab_mutate.main() == 0
    names = [line.split()[4] for line in capsys.readouterr().out.splitlines() if " seed " in line]
    assert names == ["sample-hospital", *SCENARIOS, "sample-hospital"]
    monkeypatch.setattr(sys, "argv", ["lab_mutate", "--minutes", "0", "--seed", "1"])
    assert lab_mutate.main() == 0
    assert "1 of 1 mutations noticed" in capsys.readouterr().out


def test_an_unnoticed_mutation_is_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(lab_mutate, "subject", lambda name: Subject(Path(name), "loopback", Counter()))
    monkeypatch.setattr(lab_mutate, "one_round", lambda _mutated, seed, _folder: ("x\x1b[31m", seed != 2))
    monkeypatch.setattr(sys, "argv", ["lab_mutate", "--count", "2", "--seed", "1"])
    assert lab_mutate.main() == 1
    assert capsys.readouterr().out.splitlines()[-2:] == ["1 of 2 mutations noticed", r"  seed 2 UNNOTICED x\u001b[31m"]


def test_what_acts_on_a_terminal_is_written_out() -> None:
    assert harmless("光回線 a\x1b[31m\u202eb\n") == r"光回線 a\u001b[31m\u202eb\u000a"
