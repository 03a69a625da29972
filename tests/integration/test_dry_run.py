"""The dry run is the exact plan: no host gets a packet, and no port a probe, that it did not announce."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command import contents, replace_in, sekisho
from tests.integration.conftest import Lab
from tests.integration.wire import counted

pytestmark = pytest.mark.lab
SECRET = {"SEKISHO_SNMP_LAB": "sekisho-lab-ro"}
UNSUPPORTED = '\n[[vantage]]\nname = "branch"\nrole = "management"\nvia = "sensor:branch"\n'


@dataclass(frozen=True)
class Surveyed:
    """The sample hospital: what was announced, what left us by an own count, what the ledger says."""

    plan: list[dict[str, Any]]
    text: str
    packets: dict[str, int]
    ports: set[tuple[str, int]]
    ledger: dict[str, int]

    def announced(self, address: str) -> dict[str, Any]:
        (row,) = [r for r in self.plan if r["address"] == address]
        return row


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surveyed]:
    work = tmp_path_factory.mktemp("hospital") / "lab"
    up = sekisho("lab", "up", "sample-hospital", "--dir", work, "--json")
    if up.code == 2:
        pytest.skip(f"no lab on this machine: {up.err}")
    try:
        folder = Path(up.json()["engagement"])
        with counted(folder) as wire:
            plan = sekisho("survey", folder, "--dry-run", "--json", env=SECRET)
            text = sekisho("survey", folder, "--dry-run", env=SECRET)
            assert wire.packets() == {}, "a dry run sends nothing"
            done = sekisho("survey", folder, "--close", env=SECRET)
            assert done.code == 0, done.err
            ledger = {h["host"]: h["packets"] for h in sekisho("ledger", folder, "--json").json()}
            yield Surveyed(plan.json(), text.out, wire.packets(), wire.ports(), ledger)
    finally:
        sekisho("lab", "down", work)


def test_no_host_gets_more_than_was_announced(hospital: Surveyed) -> None:
    assert len(hospital.packets) > 40
    most = {a: hospital.announced(a)["packets"] for a in hospital.packets}
    assert {a: (n, most[a]) for a, n in hospital.packets.items() if n > most[a]} == {}


def test_no_port_is_reached_that_was_not_announced(hospital: Surveyed) -> None:
    announced = {(row["address"], port) for row in hospital.plan for probe in row["probes"] for port in probe["ports"]}
    assert hospital.ports - announced == set()


def test_what_is_refused_gets_nothing_and_says_why(hospital: Surveyed) -> None:
    refused = {row["address"]: row["refused"] for row in hospital.plan if row["refused"]}
    assert {"192.0.2.50": "excluded", "192.0.2.44": "tier"}.items() <= refused.items()
    assert set(refused) & set(hospital.packets) == set()
    assert "192.0.2.50" in next(line for line in hospital.text.splitlines() if "(excluded)" in line)


def test_the_ledger_is_what_left(hospital: Surveyed) -> None:
    sent = {host: packets for host, packets in hospital.ledger.items() if packets}
    assert sent == hospital.packets


def test_a_t1_host_gets_connects_alone(hospital: Surveyed) -> None:
    row = hospital.announced("192.0.2.40")
    assert row["tier"] == "T1"
    assert [p["scanner"] for p in row["probes"]] == ["hosts", "ports"]
    assert row["packets"] == 100, "the budget of T1"


def test_the_watch_is_announced(hospital: Surveyed) -> None:
    watched = [p for p in hospital.announced("192.0.2.20")["probes"] if p["scanner"] == "watch"]
    assert [(p["ports"], p["packets"] > 0) for p in watched] == [([443], True)]


def test_a_vantage_that_cannot_be_used_asks_nobody(lab: Lab, router_only: Path) -> None:
    with (router_only / "engagement.toml").open("a", encoding="utf-8") as settings:
        settings.write(UNSUPPORTED)
    plan = sekisho("survey", router_only, "--dry-run", "--json").json()
    asked = {(r["vantage"], r["address"]) for r in plan if not r["refused"]}
    assert asked == {("management", lab.router)}
    (row,) = [r for r in plan if (r["vantage"], r["address"]) == ("branch", lab.router)]
    assert (row["refused"], row["packets"], row["probes"]) == ("vantage", 0, [])
    assert "sensor:branch" in row["why"]


def test_only_a_vantage_of_an_unsupported_kind_is_exit_3_and_named(router_only: Path) -> None:
    with (router_only / "engagement.toml").open("a", encoding="utf-8") as settings:
        settings.write(UNSUPPORTED)
    before = contents(router_only)
    done = sekisho("survey", router_only, "--vantage", "branch")
    assert done.code == 3, done.err
    assert "branch" in done.err
    assert "sensor:" in done.err
    assert contents(router_only) == before, "no run is opened"


def test_our_own_address_is_not_asked(lab: Lab, router_only: Path) -> None:
    replace_in(
        router_only / "engagement.toml", (f'include = ["{lab.router}"]', 'include = ["198.51.100.30"]'),
        ('covers = ["198.51.100.0/28"]', 'covers = ["198.51.100.0/27"]'),
    )  # fmt: skip
    plan = {r["address"]: r for r in sekisho("survey", router_only, "--dry-run", "--json").json()}
    assert (plan["198.51.100.30"]["refused"], plan["198.51.100.30"]["packets"]) == ("own_address", 0)


def test_a_scope_too_large_to_walk_is_said(router_only: Path) -> None:
    wide = ("10.0.0.0/8", "2001:db8:9::/64")
    listed = "".join(f', "{n}"' for n in wide)
    settings = router_only / "engagement.toml"
    replace_in(settings, ('include = ["198.51.100.1"]', f'include = ["198.51.100.1"{listed}]'))
    replace_in(settings, ('covers = ["198.51.100.0/28"]', f'covers = ["198.51.100.0/28"{listed}]'))
    planned, read = sekisho("survey", router_only, "--dry-run"), sekisho("intake", router_only)
    assert (planned.code, read.code) == (0, 0), planned.err + read.err
    for network in wide:
        assert f"Scope {network}" in planned.out
        assert network in read.err
