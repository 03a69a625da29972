"""How a target is reached: out of which interface, through which router; and whether a neighbour can be asked for."""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from sekisho.gate.namespaces import Namespace
from sekisho.model.subjects import IPAddress

_SIOCGIFFLAGS: Final = 0x8913
_SIOCGIFHWADDR: Final = 0x8927
_IFF_UP: Final = 0x1
_IFF_LOOPBACK: Final = 0x8
_IFF_RUNNING: Final = 0x40
_IFF_NOARP: Final = 0x80
_NEW_ROUTE: Final = 24  # this and the following: linux/rtnetlink.h
_GET_ROUTE: Final = 26
_NEW_NEIGHBOUR: Final = 28
_REQUEST: Final = 1
_CREATE_ONLY: Final = 0x200 | 0x400  # NLM_F_EXCL, NLM_F_CREATE: what the kernel knows by itself is left as it is
_REACHABLE: Final = 0x02  # NUD_REACHABLE of linux/neighbour.h: known for as long as an answer to the kernel itself
_NEIGHBOUR_ADDRESS: Final = 1
_NEIGHBOUR_MAC: Final = 2
_UNICAST: Final = 1
_ATTRIBUTE_TO: Final = 1
_ATTRIBUTE_INTERFACE: Final = 4
_ATTRIBUTE_GATEWAY: Final = 5
_ATTRIBUTE_VIA: Final = 18  # a gateway of the other family: two bytes of family, then the address
_HEADERS: Final = 28  # nlmsghdr and rtmsg
_ALIGN: Final = 4


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface on which a target is a direct neighbour. mac: lower-case colon form."""

    name: str
    mac: str


@dataclass(frozen=True, slots=True)
class Route:
    """The kernel's way to a target. gateway: the router that gets the frames; None for a direct neighbour.

    direct: a unicast route (not our own address, not forbidden).
    """

    interface: str
    gateway: IPAddress | None
    direct: bool


def route_to(namespace: Namespace, address: IPAddress) -> Route | None:
    """Ask the kernel for its way to an address (policy rules included); None when it has none. Sends nothing."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IP version
    packed = address.packed
    attribute = struct.pack("=HH", _ALIGN + len(packed), _ATTRIBUTE_TO) + packed
    body = struct.pack("=BBBBBBBBI", family, len(packed) * 8, 0, 0, 0, 0, 0, 0, 0) + attribute
    header = struct.pack("=IHHII", 16 + len(body), _GET_ROUTE, _REQUEST, 1, 0)
    with namespace.entered(), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as asked:
        asked.send(header + body)
        answer = asked.recv(8192)
        if len(answer) < _HEADERS or struct.unpack_from("=IH", answer)[1] != _NEW_ROUTE:
            return None
        attributes = dict(_attributes(answer))
        name = socket.if_indextoname(struct.unpack("=I", attributes[_ATTRIBUTE_INTERFACE])[0])
    return Route(name, _gateway(attributes), answer[_HEADERS - 5] == _UNICAST)


def _gateway(attributes: dict[int, bytes]) -> IPAddress | None:
    """Read the router's address, of whichever family."""
    if (raw := attributes.get(_ATTRIBUTE_GATEWAY)) is not None:
        return ip_address(raw)
    if (raw := attributes.get(_ATTRIBUTE_VIA)) is not None:
        return ip_address(raw[2:])
    return None


def _attributes(answer: bytes) -> Iterator[tuple[int, bytes]]:
    """Walk the attributes of a route message."""
    end = min(len(answer), struct.unpack_from("=I", answer)[0])
    place = _HEADERS
    while place + _ALIGN <= end:
        length, kind = struct.unpack_from("=HH", answer, place)
        if length < _ALIGN:
            return
        yield kind, answer[place + _ALIGN : place + length]
        place += -(-length // _ALIGN) * _ALIGN


def interface_names(namespace: Namespace) -> tuple[str, ...]:
    """Give the names of all interfaces, in the kernel's order."""
    with namespace.entered():
        return tuple(name for _, name in socket.if_nameindex())


def neighbour_interface(namespace: Namespace, address: IPAddress) -> Interface | None:
    """Give the interface on which a target is on-link and resolvable; None behind a router, on lo, or without ARP."""
    route = route_to(namespace, address)
    if route is None or route.gateway is not None or not route.direct:
        return None
    with namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        flags = struct.unpack_from("=H", _ioctl(probe, _SIOCGIFFLAGS, route.interface), 16)[0]
        if not flags & _IFF_UP or flags & (_IFF_LOOPBACK | _IFF_NOARP):
            return None
        raw = _ioctl(probe, _SIOCGIFHWADDR, route.interface)[18:24]
    return Interface(route.interface, ":".join(f"{b:02x}" for b in raw))


def has_link(namespace: Namespace, interface: str) -> bool:
    """Tell whether an interface is up and has a link, as its driver says; sends nothing."""
    with namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            flags = struct.unpack_from("=H", _ioctl(probe, _SIOCGIFFLAGS, interface), 16)[0]
        except OSError:  # it is not there any more
            return False
    return bool(flags & _IFF_UP and flags & _IFF_RUNNING)


def remember_neighbour(namespace: Namespace, interface: str, address: IPAddress, mac: str) -> None:
    """Tell our kernel a neighbour's MAC as if it had asked itself, so that it doesn't broadcast the same question.

    Sends nothing. Without the privilege, or where the kernel has an entry already, nothing is changed.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IP version
    pairs = ((_NEIGHBOUR_ADDRESS, address.packed), (_NEIGHBOUR_MAC, bytes.fromhex(mac.replace(":", ""))))
    attributes = b"".join(
        struct.pack("=HH", _ALIGN + len(value), kind) + value + bytes(-len(value) % _ALIGN) for kind, value in pairs
    )
    with namespace.entered(), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as told:
        # ndmsg: family, padding, interface, state, flags, type
        body = struct.pack("=BxxxiHBB", family, socket.if_nametoindex(interface), _REACHABLE, 0, 0) + attributes
        told.send(struct.pack("=IHHII", 16 + len(body), _NEW_NEIGHBOUR, _REQUEST | _CREATE_ONLY, 1, 0) + body)


def _ioctl(probe: socket.socket, request: int, name: str) -> bytes:
    """Ask one interface question (netdevice(7))."""
    return fcntl.ioctl(probe.fileno(), request, struct.pack("256s", name.encode()))
