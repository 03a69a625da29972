"""Lays out a scenario inside the namespace: addresses on lo, and a void that swallows packets to everybody else.

The void is a veth pair without ARP: packets to an address that no host holds leave on one end, carry that end's own
MAC address, and are dropped at the other, so that they time out as in front of a silent host. (A dummy interface
would do, but not every kernel has one.)
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from lab.errors import LabError
from lab.scenario.model import Scenario

VOID, VOID_END = "void0", "void1"
UP, NO_ARP = 0x1, 0x80  # IFF_UP, IFF_NOARP of linux/if.h
NO_DAD = 0x02  # IFA_F_NODAD: an address is usable at once, without duplicate detection
QUIET = {"accept_ra": "0", "router_solicitations": "0", "addr_gen_mode": "1"}
"""IPv6 settings that keep the kernel from sending anything by itself."""
LO_MTU = 1500
"""As on a wire, so that captures hold segments of the usual size."""


def build(scenario: Scenario) -> None:
    """Set up the namespace that this process is in.

    Raises: LabError naming the step that the kernel refused.
    """
    try:
        for name in ("default", "all"):
            _quiet(name)
        with IPRoute() as netlink:
            loopback = _index(netlink, "lo")
            netlink.link("set", index=loopback, state="up", mtu=LO_MTU)
            void = _make_void(netlink)
            for segment in scenario.segment:
                for prefix in segment.prefixes:
                    _route(netlink, dst=str(prefix), oif=void)
            _route(netlink, dst="0.0.0.0/0", type="unreachable")
            _route(netlink, dst="::/0", type="unreachable")
            for address in held_addresses(scenario):
                add_address(netlink, loopback, address)
    except (NetlinkError, OSError) as refused:
        raise LabError("topology.refused", reason=str(refused)) from refused


def held_addresses(scenario: Scenario) -> tuple[str, ...]:
    """List the addresses that answer when the lab starts: those of hosts that are up, and of the vantages."""
    hosts = [address for host in scenario.host if host.is_reachable for address in host.addresses]
    vantages = [address for vantage in scenario.vantage for address in vantage.addresses]
    return tuple(dict.fromkeys(hosts + vantages))


def take_away(addresses: Iterable[str]) -> None:
    """Remove addresses: from now on packets to them get lost in the void."""
    with IPRoute() as netlink:
        loopback = _index(netlink, "lo")
        for address in addresses:
            netlink.addr("del", index=loopback, address=address, prefixlen=ip_address(address).max_prefixlen)


def add_address(netlink: IPRoute, loopback: int, address: str) -> None:
    """Give lo one more address."""
    length = ip_address(address).max_prefixlen
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    netlink.addr("add", index=loopback, address=address, prefixlen=length, family=family, flags=NO_DAD)


def _make_void(netlink: IPRoute) -> int:
    """Make the veth pair and give the index of the end that packets leave on."""
    netlink.link("add", ifname=VOID, kind="veth", peer={"ifname": VOID_END})
    for name in (VOID, VOID_END):
        _quiet(name)
        netlink.link("set", index=_index(netlink, name), flags=UP | NO_ARP, change=UP | NO_ARP)
    return _index(netlink, VOID)


def _route(netlink: IPRoute, **route: str | int) -> None:
    """Add a route; one that exists already (the kernel's own, or two segments with one prefix) is fine."""
    family = socket.AF_INET6 if ":" in str(route["dst"]) else socket.AF_INET
    try:
        netlink.route("add", family=family, **route)
    except NetlinkError as refused:
        if refused.code != errno.EEXIST:
            raise


def _index(netlink: IPRoute, name: str) -> int:
    """Give the index of an interface."""
    return int(netlink.link_lookup(ifname=name)[0])


def _quiet(interface: str) -> None:
    """Switch off what the kernel would send by itself; a kernel without IPv6 has nothing to switch off."""
    for setting, value in QUIET.items():
        file = Path("/proc/sys/net/ipv6/conf", interface, setting)
        if file.exists():
            file.write_text(value, encoding="ascii")
