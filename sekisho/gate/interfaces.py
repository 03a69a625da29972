"""Which interface reaches a target without a router, and whether it speaks ARP."""

from __future__ import annotations

import fcntl
import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from typing import Final

from sekisho.gate.namespaces import Namespace
from sekisho.model.subjects import IPAddress

_SIOCGIFFLAGS: Final = 0x8913
_SIOCGIFHWADDR: Final = 0x8927
_IFF_UP: Final = 0x1
_IFF_LOOPBACK: Final = 0x8
_IFF_NOARP: Final = 0x80
_RTF_GATEWAY: Final = 0x2


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface on which a target is a direct neighbour. mac: lower-case colon form."""

    name: str
    mac: str


def neighbour_interface(namespace: Namespace, address: IPAddress) -> Interface | None:
    """Give the interface on which a target is on-link and resolvable; None behind a router, on lo, or without ARP."""
    with namespace.entered():
        name = _on_link_v4(address) if isinstance(address, IPv4Address) else _on_link_v6(address)
    if name is None:
        return None
    with namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        flags = struct.unpack_from("=H", _ioctl(probe, _SIOCGIFFLAGS, name), 16)[0]
        if not flags & _IFF_UP or flags & (_IFF_LOOPBACK | _IFF_NOARP):
            return None
        raw = _ioctl(probe, _SIOCGIFHWADDR, name)[18:24]
    return Interface(name, ":".join(f"{b:02x}" for b in raw))


def _ioctl(probe: socket.socket, request: int, name: str) -> bytes:
    """Ask one interface question (netdevice(7))."""
    return fcntl.ioctl(probe.fileno(), request, struct.pack("256s", name.encode()))


def _on_link_v4(address: IPv4Address) -> str | None:
    """Find the longest gateway-less route in the main table."""
    best: tuple[int, str] | None = None
    for line in Path("/proc/thread-self/net/route").read_text("ascii").splitlines()[1:]:
        name, destination, _, flags, _, _, _, mask, *_ = line.split()
        net = struct.pack("=I", int(destination, 16))
        bits = int.from_bytes(struct.pack("=I", int(mask, 16)), "big").bit_count()
        network = ip_network((net, bits))
        if address in network and (best is None or bits > best[0]):
            best = (bits, "" if int(flags, 16) & _RTF_GATEWAY else name)
    return best[1] or None if best else None


def _on_link_v6(address: IPv6Address) -> str | None:
    """Find the longest route; a next hop other than :: means a router."""
    best: tuple[int, str] | None = None
    path = Path("/proc/thread-self/net/ipv6_route")
    if not path.exists():
        return None
    for line in path.read_text("ascii").splitlines():
        net, bits_hex, _, _, next_hop, _, _, _, _, name = line.split()
        bits = int(bits_hex, 16)
        network = ip_network((bytes.fromhex(net), bits), strict=False)
        if address in network and (best is None or bits > best[0]):
            best = (bits, "" if int(next_hop, 16) else name)
    return best[1] or None if best and best[1] != "lo" else None
