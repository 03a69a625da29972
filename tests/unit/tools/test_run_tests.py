"""A test that fails gets a second hearing; one that fails again has failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.run_tests import FLAKY, MOST, run_tests

ALWAYS = "def test_it():\n    assert False\n"
SOUND = "def test_it():\n    assert True\n"
EACH_NTH = """
from pathlib import Path

def test_it():
    runs = Path(__file__).with_suffix(".runs")
    runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
    assert len(runs.read_text()) not in {BAD}
"""


def project_of(folder: Path, **texts: str) -> Path:
    """Write a project with one test file each."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    for name, text in texts.items():
        (folder / f"test_{name}.py").write_text(text)
    return folder


def test_what_passes_is_passed(tmp_path: Path) -> None:
    assert run_tests([], root=project_of(tmp_path, sound=SOUND), workers=0) == 0
    assert not (tmp_path / FLAKY).exists()


def test_what_always_fails_has_failed(tmp_path: Path) -> None:
    assert run_tests([], root=project_of(tmp_path, always=ALWAYS, sound=SOUND), workers=0) == 1
    assert not (tmp_path / FLAKY).exists()


def test_what_fails_once_is_named_as_flaky(tmp_path: Path) -> None:
    assert run_tests([], root=project_of(tmp_path, once=EACH_NTH.replace("BAD", "1"), sound=SOUND), workers=0) == 0
    assert (tmp_path / FLAKY).read_text() == "test_once.py::test_it\n"


@pytest.mark.parametrize("again", [2, 4])
def test_what_fails_twice_has_failed(tmp_path: Path, again: int) -> None:
    assert run_tests([], root=project_of(tmp_path, twice=EACH_NTH.replace("BAD", f"1, {again}")), workers=0) == 1


def test_many_failures_are_no_accident(tmp_path: Path) -> None:
    once = EACH_NTH.replace("BAD", "1")
    assert run_tests([], root=project_of(tmp_path, **{f"n{n}": once for n in range(MOST + 1)}), workers=0) == 1


def test_a_run_that_could_not_start_is_no_verdict(tmp_path: Path) -> None:
    assert run_tests(["absent"], root=project_of(tmp_path, sound=SOUND), workers=0) > 1
