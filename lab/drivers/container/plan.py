"""What is to be built, worked out before anything is made: who gets which interfaces, addresses and routes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_interface, ip_network
from itertools import count

from lab.devices.kind import Interface, Network
from lab.scenario.model import Attached, Host, Route, Scenario, Segment, Vantage

BRIDGE = "seg"
"""Bridges are seg0, seg1, … in the order of the segments; the ends at them seg0p0, seg0p1, seg1p2, …"""
DEFAULT_ROUTES = (ip_network("0.0.0.0/0"), ip_network("::/0"))


@dataclass(frozen=True, slots=True)
class Cable:
    """An interface and the bridge that it is plugged into."""

    interface: Interface
    port: str
    """Name of the end at the bridge."""
    bridge: str


@dataclass(frozen=True, slots=True)
class Hop:
    """A route: network and next hop."""

    to: Network
    via: IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Station:
    """A host or a vantage."""

    name: str
    cables: tuple[Cable, ...]
    routes: tuple[Hop, ...]
    forward: bool = False

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """Give its interfaces."""
        return tuple(cable.interface for cable in self.cables)


@dataclass(frozen=True, slots=True)
class Plan:
    """All of a lab's networks."""

    bridges: tuple[str, ...]
    hosts: dict[str, Station]
    """Hosts that are switched on, by name."""
    vantages: dict[str, Station]


def bridge_name(number: int) -> str:
    """Name the bridge of a segment."""
    return f"{BRIDGE}{number}"


def is_cable_end(interface: str, bridge: str | None = None) -> bool:
    """Tell whether an interface is an end at a bridge: at this one, or at any."""
    plugged, mark, _ = interface.partition("p")
    return bool(mark) and (plugged == bridge if bridge is not None else plugged.startswith(BRIDGE))


def make_plan(scenario: Scenario) -> Plan:
    """Work out who stands where."""
    bridges = {segment.name: bridge_name(number) for number, segment in enumerate(scenario.segment)}
    numbers = count()

    def station(row: Host | Vantage, legs: Sequence[Attached]) -> Station:
        """Plug one host or vantage in."""
        cables = tuple(
            Cable(
                _interface(scenario, row.name, number, leg),
                f"{bridges[leg.segment]}p{next(numbers)}",
                bridges[leg.segment],
            )
            for number, leg in enumerate(legs)
        )
        forward = isinstance(row, Host) and row.forward
        given = _given(row.routes)
        return Station(
            row.name, cables, given if forward else (*given, *_defaults(scenario, row.name, legs, given)), forward
        )

    return Plan(
        tuple(bridges.values()),
        {host.name: station(host, host.legs) for host in scenario.host if host.state != "down"},
        {vantage.name: station(vantage, (vantage,)) for vantage in scenario.vantage},
    )


def _interface(scenario: Scenario, name: str, number: int, leg: Attached) -> Interface:
    """Describe one interface."""
    segment = next(row for row in scenario.segment if row.name == leg.segment)
    addresses = tuple(
        ip_interface(f"{address}/{prefix.prefixlen}")
        for address in (leg.ipv4, leg.ipv6)
        if address is not None
        for prefix in segment.prefixes
        if address in prefix
    )
    return Interface(f"eth{number}", leg.segment, leg.mac or _mac(scenario.id, name, number), addresses)


def _mac(*words: object) -> str:
    """Make up a locally administered address that stays the same from one run to the next."""
    digest = hashlib.sha256("/".join(map(str, words)).encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest[:5]))


def _given(routes: Iterable[Route]) -> tuple[Hop, ...]:
    """Take the routes of the scenario."""
    return tuple(Hop(route.to, route.via) for route in routes)


def _defaults(scenario: Scenario, name: str, legs: Iterable[Attached], given: Iterable[Hop]) -> tuple[Hop, ...]:
    """Give the way out of one's own segments, per IP version: through the first leg whose segment has a gateway."""
    taken = {hop.to for hop in given}
    found: dict[int, Hop] = {}
    for leg in legs:
        segment = next(row for row in scenario.segment if row.name == leg.segment)
        gateway = gateway_of(scenario, segment)
        if gateway is None or gateway.name == name:
            continue
        for own, via, everything in (
            (leg.ipv4, gateway.ipv4, DEFAULT_ROUTES[0]),
            (leg.ipv6, gateway.ipv6, DEFAULT_ROUTES[1]),
        ):
            if own is not None and via is not None and everything not in taken:
                found.setdefault(everything.version, Hop(everything, via))
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Gateway:
    """The router of a segment, as the others in it see it."""

    name: str
    ipv4: IPv4Address | None
    ipv6: IPv6Address | None


def gateway_of(scenario: Scenario, segment: Segment) -> Gateway | None:
    """Give the host that a segment names, else the only one in it that forwards; None when there is no such one."""
    in_it = [(host, leg) for host in scenario.host for leg in host.legs if leg.segment == segment.name]
    wanted = [
        (host, leg)
        for host, leg in in_it
        if (host.name == segment.gateway if segment.gateway is not None else host.forward)
    ]
    if len({host.name for host, _ in wanted}) != 1:
        return None
    host, leg = wanted[0]
    return Gateway(host.name, leg.ipv4, leg.ipv6)
