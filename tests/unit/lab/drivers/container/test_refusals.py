"""What the container driver refuses before it makes anything, and what it tells then."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from lab.drivers.choice import driver_for, driver_named
from lab.drivers.container import docker
from lab.drivers.container.traffic import Target, check_traffic, target_of
from lab.errors import LabError
from lab.scenario.load import load_scenario
from lab.scenario.model import Scenario, Traffic

SAMBA = '[[host.service]]\nkind = "samba"\nport = 445\n\n[[host]]\nname = "printer"'


@pytest.fixture
def scenario(corner: Path) -> Scenario:
    return load_scenario(corner, today=date(2026, 11, 21))


def changed(corner: Path, old: str, new: str) -> Scenario:
    file = corner / "scenario.toml"
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new), encoding="utf-8")
    return load_scenario(corner, today=date(2026, 11, 21))


def test_without_root_nothing_is_begun(corner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LabError) as refused:
        driver_for(changed(corner, '["loopback"]', '["container"]'), "container")
    assert refused.value.key == "container.needs_root"


def test_a_scenario_for_another_driver_and_a_driver_that_is_none(scenario: Scenario) -> None:
    with pytest.raises(LabError, match=r"driver\.not_for_scenario"):
        driver_for(scenario, "container")
    with pytest.raises(LabError, match=r"driver\.unknown"):
        driver_named("vagrant")


def test_loopback_refuses_real_software(corner: Path) -> None:
    with pytest.raises(LabError) as refused:
        driver_for(changed(corner, '[[host]]\nname = "printer"', SAMBA), "loopback")
    assert "samba" in refused.value.render("ja")


def test_docker_that_is_missing_or_refuses_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabError, match=r"docker\.missing"):
        docker.check_engine()
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\necho no engine there >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    with pytest.raises(LabError) as refused:
        docker.check_engine()
    assert "no engine there" in refused.value.render("en")


@pytest.mark.parametrize(
    ("to", "expected"),
    [("203.0.113.30:443", Target("203.0.113.30", 443)), ("[2001:db8::1]:80", Target("2001:db8::1", 80))],
)
def test_traffic_goes_to_an_address(to: str, expected: Target) -> None:
    assert target_of(Traffic.model_validate({"from": "pc", "to": to})) == expected


def test_traffic_to_a_name_or_from_nobody_is_refused(corner: Path, scenario: Scenario) -> None:
    check_traffic(scenario)
    with pytest.raises(LabError, match=r"traffic\.target"):
        check_traffic(changed(corner, '"203.0.113.30:443"', '"relay.example.net:443"'))
    with pytest.raises(LabError, match=r"traffic\.source"):
        check_traffic(
            changed(corner, 'from = "printer"\nto = "relay.example.net:443"', 'from = "x"\nto = "203.0.113.30:443"')
        )
