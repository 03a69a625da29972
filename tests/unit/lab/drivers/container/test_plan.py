"""Who gets which interfaces and routes, worked out from a scenario."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from lab.drivers.container.plan import Plan, Station, make_plan
from lab.errors import InputError
from lab.scenario.load import load_scenario

PlanOf = Callable[..., Plan]
TODAY = date(2026, 11, 21)
SEGMENTS = """
schema = 1
id = "planned"
drivers = ["container"]
[[segment]]
name = "lan"
ipv4 = "192.0.2.0/25"
ipv6 = "2001:db8:1::/64"
{gateway}
[[segment]]
name = "wan"
ipv4 = "198.51.100.0/28"
[[host]]
name = "router"
legs = [
        {{ segment = "lan", ipv4 = "192.0.2.1", ipv6 = "2001:db8:1::1", mac = "02:00:00:00:00:01" }},
        {{ segment = "wan", ipv4 = "198.51.100.1" }},
]
forward = true
routes = [{{ to = "203.0.113.0/24", via = "198.51.100.9" }}]
{more}
[[host]]
name = "pc"
legs = [{{ segment = "lan", ipv4 = "192.0.2.10", ipv6 = "2001:db8:1::10" }}]
{routes}
[[host]]
name = "off"
legs = [{{ segment = "lan", ipv4 = "192.0.2.11" }}]
state = "down"
[[vantage]]
name = "outside"
segment = "wan"
ipv4 = "198.51.100.5"
"""
SECOND = """
[[host]]
name = "second"
legs = [{ segment = "lan", ipv4 = "192.0.2.2" }]
forward = true
"""


@pytest.fixture
def plan_of(corner: Path) -> PlanOf:
    def plan(gateway: str = "", more: str = "", routes: str = "") -> Plan:
        content = SEGMENTS.format(gateway=gateway, more=more, routes=routes)
        (corner / "scenario.toml").write_text(content, encoding="utf-8")
        return make_plan(load_scenario(corner, today=TODAY))

    return plan


def ways(station: Station) -> dict[str, str]:
    return {str(hop.to): str(hop.via) for hop in station.routes}


def test_interfaces_have_the_segments_prefix_and_the_given_mac(plan_of: PlanOf) -> None:
    lan, wan = plan_of().hosts["router"].cables
    assert [str(address) for address in lan.interface.addresses] == ["192.0.2.1/25", "2001:db8:1::1/64"]
    assert (lan.interface.name, lan.interface.mac, lan.bridge) == ("eth0", "02:00:00:00:00:01", "seg0")
    assert (wan.interface.name, wan.bridge) == ("eth1", "seg1")


def test_made_up_mac_addresses_are_local_differ_and_stay(plan_of: PlanOf) -> None:
    first, again = plan_of(), plan_of()
    made_up = [first.hosts["router"].cables[1], *first.hosts["pc"].cables, *first.vantages["outside"].cables]
    macs = {cable.interface.mac for cable in made_up}
    assert len(macs) == 3
    assert all(mac.startswith("02:") for mac in macs)
    assert first == again


def test_ports_at_the_bridges_have_names_of_their_own(plan_of: PlanOf) -> None:
    plan = plan_of()
    ports = [cable.port for row in (*plan.hosts.values(), *plan.vantages.values()) for cable in row.cables]
    assert len(set(ports)) == len(ports) == 4


def test_a_host_that_is_down_is_not_built(plan_of: PlanOf) -> None:
    assert set(plan_of().hosts) == {"router", "pc"}


def test_others_send_to_the_only_router_and_routers_where_the_scenario_says(plan_of: PlanOf) -> None:
    plan = plan_of()
    assert ways(plan.hosts["pc"]) == {"0.0.0.0/0": "192.0.2.1", "::/0": "2001:db8:1::1"}
    assert ways(plan.vantages["outside"]) == {"0.0.0.0/0": "198.51.100.1"}
    assert ways(plan.hosts["router"]) == {"203.0.113.0/24": "198.51.100.9"}


def test_between_two_routers_the_segment_decides(plan_of: PlanOf) -> None:
    assert ways(plan_of(more=SECOND).hosts["pc"]) == {}
    assert ways(plan_of(more=SECOND, gateway='gateway = "second"').hosts["pc"]) == {"0.0.0.0/0": "192.0.2.2"}


def test_a_default_route_of_its_own_wins(plan_of: PlanOf) -> None:
    routes = 'routes = [{ to = "0.0.0.0/0", via = "192.0.2.99" }]'
    assert ways(plan_of(routes=routes).hosts["pc"]) == {"0.0.0.0/0": "192.0.2.99", "::/0": "2001:db8:1::1"}


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ({"gateway": 'gateway = "nobody"'}, "problem.gateway_elsewhere"),
        ({"routes": 'routes = [{ to = "::/0", via = "192.0.2.99" }]'}, "problem.route_version"),
        ({"routes": 'service = [{ kind = "nginx" }]'}, "problem.port_or_none"),
        ({"routes": 'service = [{ kind = "lldp", port = 5 }]'}, "problem.port_or_none"),
        ({"routes": 'service = [{ kind = "lldp", sources = ["192.0.2.0/25"] }]'}, "problem.sources_of_port"),
        ({"routes": 'service = [{ kind = "nginx", port = 1, params = { versions = ["ssl3"] } }]'},
         "problem.not_openssl"),
        ({"routes": 'service = [{ kind = "openssh", port = 1, params = { kex = ["x"] } }]'},
         "problem.unknown_ssh_algorithm"),
        ({"routes": 'service = [{ kind = "dnsmasq", port = 1, params = { dhcp_range = ["192.0.2.9"] } }]'},
         "problem.half_range"),
        ({"routes": 'service = [{ kind = "dnsmasq", port = 1, transport = "none" }]'}, "problem.kind_transport"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(plan_of: PlanOf, entry: dict[str, str], key: str) -> None:
    with pytest.raises(InputError) as refused:
        plan_of(**entry)
    assert key in {problem.key for problem in refused.value.problems}
