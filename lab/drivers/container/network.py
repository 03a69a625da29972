"""Lays the cables: one bridge per segment in the lab's own namespace, a veth pair for each leg, addresses and routes.

The bridges' namespace has no interface that leads out and no packet filter of its own, so that nothing but the
hosts decides what passes: bridge-nf-call-iptables, which hands bridged packets to the machine's firewall, is a
setting of each namespace (Linux 5.3), and is off here.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from pathlib import Path

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from lab.drivers.container.plan import Cable, Station
from lab.drivers.namespace import inside
from lab.errors import LabError

NO_DAD = 0x02  # IFA_F_NODAD: an address is usable at once, without duplicate detection
LLDP, EAPOL = 1 << 0xE, 1 << 0x3
"""Groups 01:80:c2:00:00:0x that a bridge keeps to itself unless told: here a switch is a host like others."""
NO_BRIDGE_FILTER = ("bridge-nf-call-iptables", "bridge-nf-call-ip6tables", "bridge-nf-call-arptables")
SETTINGS = Path("/proc/sys/net")
QUIET = {"accept_ra": "0", "accept_dad": "0", "router_solicitations": "0"}
"""IPv6 settings: a host is configured by its scenario, at once, and asks nobody."""


def make_bridges(names: Iterable[str]) -> None:
    """Make the segments, in the namespace that this thread is in.

    Raises: LabError with the kernel's reason.
    """
    for setting in NO_BRIDGE_FILTER:
        _set(SETTINGS / "bridge" / setting, "0")
    _set(SETTINGS / "ipv6" / "conf" / "default" / "disable_ipv6", "1")
    try:
        with IPRoute() as netlink:
            netlink.link("set", index=_index(netlink, "lo"), state="up")
            for name in names:
                # Without snooping: no querier is there, and multicast must reach all, as through a plain switch.
                netlink.link(
                    "add",
                    ifname=name,
                    kind="bridge",
                    br_mcast_snooping=0,
                    br_stp_state=0,
                    br_group_fwd_mask=LLDP | EAPOL,
                )
                netlink.link("set", index=_index(netlink, name), state="up")
    except NetlinkError as refused:
        raise LabError("topology.refused", reason=f"bridge: {refused}") from refused


def plug_in(station: Station, namespace: Path) -> None:
    """Give a station its interfaces, addresses and routes; the lab's namespace is the one this thread is in.

    Raises: LabError naming the station.
    """
    try:
        _lay_cables(station.cables, namespace)
        with inside(namespace):
            _configure(station)
    except (NetlinkError, OSError) as refused:
        raise LabError("topology.refused", reason=f"{station.name}: {refused}") from refused


def pull_out(ports: Iterable[str]) -> None:
    """Cut a host off, in the namespace that this thread is in."""
    with IPRoute() as netlink:
        for port in ports:
            netlink.link("set", index=_index(netlink, port), state="down")


def _lay_cables(cables: Iterable[Cable], namespace: Path) -> None:
    """Make the veth pairs: one end at the bridge, the other in the station's namespace with its MAC address."""
    descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with IPRoute() as netlink:
            for cable in cables:
                end = {
                    "ifname": cable.interface.name,
                    "address": cable.interface.mac.lower(),
                    "net_ns_fd": descriptor,
                }
                netlink.link("add", ifname=cable.port, kind="veth", peer=end)
                netlink.link("set", index=_index(netlink, cable.port), master=_index(netlink, cable.bridge), state="up")
    finally:
        os.close(descriptor)


def _configure(station: Station) -> None:
    """Set up a station, in its own namespace."""
    forwarding = "1" if station.forward else "0"
    _set(SETTINGS / "ipv4" / "ip_forward", forwarding)
    _set(SETTINGS / "ipv6" / "conf" / "all" / "forwarding", forwarding)
    for scope in ("all", "default"):
        # A router of several lines may be asked on one and answer on the other, and must not drop that.
        _set(SETTINGS / "ipv4" / "conf" / scope / "rp_filter", "0")
    with IPRoute() as netlink:
        netlink.link("set", index=_index(netlink, "lo"), state="up")
        for cable in station.cables:
            _bring_up(netlink, cable)
        for hop in station.routes:
            family = socket.AF_INET6 if hop.to.version == 6 else socket.AF_INET  # noqa: PLR2004 - IP version
            netlink.route("add", family=family, dst=str(hop.to), gateway=str(hop.via))


def _bring_up(netlink: IPRoute, cable: Cable) -> None:
    """Give one interface its addresses."""
    name = cable.interface.name
    has_ipv6 = any(address.version == 6 for address in cable.interface.addresses)  # noqa: PLR2004 - IP version
    for setting, value in {**QUIET, "disable_ipv6": "0" if has_ipv6 else "1"}.items():
        _set(SETTINGS / "ipv6" / "conf" / name / setting, value)
    index = _index(netlink, name)
    netlink.link("set", index=index, state="up")
    for address in cable.interface.addresses:
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET  # noqa: PLR2004 - IP version
        netlink.addr(
            "add",
            index=index,
            address=str(address.ip),
            prefixlen=address.network.prefixlen,
            family=family,
            **(
                {"flags": NO_DAD}
                if family == socket.AF_INET6
                else {"broadcast": str(address.network.broadcast_address)}
            ),
        )


def _index(netlink: IPRoute, name: str) -> int:
    """Give the index of an interface."""
    return int(netlink.link_lookup(ifname=name)[0])


def _set(file: Path, value: str) -> None:
    """Change a setting of the namespace that this thread is in, where the kernel has it."""
    if file.exists():
        file.write_text(value, encoding="ascii")
