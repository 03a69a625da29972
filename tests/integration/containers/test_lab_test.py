"""`make lab-test` tells the truth of a scenario from anywhere, and finds what a lab leaves behind."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.containers.conftest import SCENARIOS, brought_up
from tools import lab_test
from tools.proving import leftovers
from tools.proving.leftovers import traces

pytestmark = pytest.mark.containers
BUILT_IN = Path(__file__).resolve().parents[3] / "lab" / "scenarios"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A scenario of somebody else, outside the repository."""
    folder = tmp_path / "own-clinic"
    shutil.copytree(BUILT_IN / "one-device", folder)
    file = folder / "scenario.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('id = "one-device"', 'id = "own-clinic"'), "utf-8")
    return folder


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the results go."""
    monkeypatch.setattr(lab_test, "OUT", tmp_path / "out")
    return tmp_path / "out"


def digests(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_a_scenario_from_outside_the_repository_works_and_stays_as_it_is(elsewhere: Path, out: Path) -> None:
    before = digests(elsewhere)
    result = lab_test.one_scenario(str(elsewhere), elsewhere.parent)
    assert result.short_of == []
    assert (result.scenario, result.driver, result.hosts) == ("own-clinic", "container", 2)
    assert (out / "own-clinic" / "wrong.txt").read_text(encoding="utf-8") == ""
    assert digests(elsewhere) == before


def test_what_is_missed_is_named(elsewhere: Path, out: Path) -> None:
    truth = json.loads((elsewhere / "truth.json").read_text(encoding="utf-8"))
    truth["services"].append({"at": "198.51.100.10", "transport": "tcp", "port": 8443, "protocol": "https"})
    (elsewhere / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    result = lab_test.one_scenario(str(elsewhere), elsewhere.parent)
    assert [reason.rpartition(" ")[0] for reason in result.short_of] == ["services recall"]
    wrong = (out / "own-clinic" / "wrong.txt").read_text(encoding="utf-8")
    assert wrong == "missed services 198.51.100.10 tcp/8443 https\n"


def test_what_a_lab_leaves_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as held:
        with brought_up(SCENARIOS / "two-segments", tmp_path / "work") as up:
            seen = held.enter_context(traces(up.name, up.work, "container"))
            with monkeypatch.context() as hurried:
                hurried.setattr(leftovers, "PATIENCE_S", 0.0)
                words = [line.split() for line in seen.left()]
        assert seen.left() == []
    assert ["container", f"{up.name}-web"] in words
    assert {up.name, f"{up.name}-vendor"} <= {word[1] for word in words if word[0] == "namespace"}
    processes = [" ".join(word[2:]) for word in words if word[0] == "process"]
    assert any("lab.drivers.daemon" in process for process in processes)
    assert any("nginx" in process for process in processes)
