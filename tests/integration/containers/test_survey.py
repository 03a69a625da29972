"""A survey of a lab in containers meets the truth, from a vantage that is a neighbour of its targets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.command import sekisho
from tests.integration.containers.conftest import brought_up

pytestmark = pytest.mark.containers
SCENARIO = Path(__file__).resolve().parents[3] / "lab" / "scenarios" / "one-device"


def test_the_smallest_scenario_is_surveyed_and_scored(tmp_path: Path) -> None:
    with brought_up(SCENARIO, tmp_path / "work") as up:
        engagement = up.work / "engagement"
        assert sekisho("survey", engagement, "--close").code == 0
        assert sekisho("report", engagement).code == 0
        scored = sekisho("lab", "score", up.work)
        assert scored.code == 0, scored.out
        report = json.loads((engagement / "out" / "report.json").read_text(encoding="utf-8"))
    macs = {tuple(asset["addresses"]): asset["macs"] for asset in report["assets"]}
    assert macs["198.51.100.1",] == ["02:00:00:00:01:01"]
    assert macs["198.51.100.10",] == ["02:00:00:00:01:10"]
