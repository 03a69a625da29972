"""The nftables rules of services that refuse, and what is said where nft isn't there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lab import nft
from lab.drivers import source_rules
from lab.errors import LabError
from lab.scenario.load import load_scenario
from lab.scenario.model import Scenario

REJECTING = '[[host.service]]\nkind = "ssh"\nport = 22\nsources = ["192.0.2.0/25"]\nreject = true\n'


@pytest.fixture
def rejecting(corner: Path) -> Scenario:
    """The scenario with a router that refuses SSH."""
    file = corner / "scenario.toml"
    content = file.read_text(encoding="utf-8").replace(
        '[[host]]\nname = "printer"', f'{REJECTING}\n[[host]]\nname = "printer"'
    )
    file.write_text(content, encoding="utf-8")
    return load_scenario(corner, today=date(2026, 11, 21))


def test_each_address_accepts_its_sources_and_refuses_the_others(rejecting: Scenario) -> None:
    lines = [line.strip() for line in source_rules.rules(rejecting.host, drops=False).splitlines()]
    assert "ip saddr { 192.0.2.0/25 } ip daddr 192.0.2.1 tcp dport 22 accept" in lines
    assert "ip daddr 192.0.2.1 tcp dport 22 reject with tcp reset" in lines
    assert "ip6 daddr 2001:db8:1::1 tcp dport 22 reject with tcp reset" in lines
    assert not any("ip6 saddr" in line for line in lines)


def test_without_rejecting_services_there_are_no_rules(corner: Path) -> None:
    scenario = load_scenario(corner, today=date(2026, 11, 21))
    assert source_rules.rules(scenario.host, drops=False) == ""
    source_rules.check_program(scenario)


def test_a_missing_program_is_told_with_the_services(rejecting: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nft, "PROGRAMS", ("no-such-program",))
    with pytest.raises(LabError) as refused:
        source_rules.check_program(rejecting)
    assert "maint-router tcp/22" in refused.value.render("ja")
    assert "nft" in refused.value.render("en")
