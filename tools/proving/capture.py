"""Reading a capture: Ethernet frames with IPv4, IPv6, ARP and neighbour discovery, as plain rows."""

from __future__ import annotations

import socket
import struct
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

_GLOBAL_HEADER: Final = 24
_RECORD_HEADER: Final = 16
_MAGICS: Final = {0xA1B2C3D4: 1e6, 0xA1B23C4D: 1e9}  # parts of a second in a record
_ETHERNET: Final = 1  # LINKTYPE_ETHERNET
ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
_SYN, _PSH, _ACK = 0x02, 0x08, 0x10
_ARP, _IPV4, _IPV6 = 0x0806, 0x0800, 0x86DD
_EXTENSIONS: Final = frozenset({0, 43, 60})  # hop-by-hop, routing, destination options (RFC 8200, 4.1)
_FRAGMENT: Final = 44
_LISTENERS: Final = frozenset({131, 132, 143})  # multicast listener reports and done (RFC 2710, 3810)
_SOLICIT, _ADVERTISE = 135, 136  # RFC 4861, 4.3 and 4.4


class Kind(StrEnum):
    """What a frame is."""

    IP = "IP packet"
    ASKS = "question for a neighbour"
    ANSWERS = "answer to a neighbour's question"
    GROUPS = "report of multicast groups"
    OTHER = "other frame"


@dataclass(frozen=True, slots=True)
class Packet:
    """One frame.

    at: seconds. target: who is meant: of a question the address asked for, of an answer the asker. protocol: IP
    protocol number, 0 for ARP. flags: TCP flags, 0 otherwise.
    """

    at: float
    source: str
    target: str
    protocol: int
    source_port: int = 0
    target_port: int = 0
    flags: int = 0
    kind: Kind = Kind.IP
    source_mac: str = ""
    target_mac: str = ""

    @property
    def opens(self) -> bool:
        """Tell whether this is the first packet of a connection."""
        return self.protocol == TCP and self.flags & (_SYN | _ACK) == _SYN

    @property
    def speaks(self) -> bool:
        """Tell whether this is payload of a connection: Linux sets PSH on the last segment of whatever is said."""
        return self.protocol == TCP and bool(self.flags & _PSH)


def read(path: Path) -> list[Packet]:
    """Read a pcap with Ethernet framing; on lo each packet is written twice (out and in): the lab keeps one.

    Raises: ValueError for another format, and for a file that ends within a frame: nothing may be left out unseen.
    """
    raw = path.read_bytes()
    order = "<" if raw[:4] in {b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"} else ">"
    if len(raw) < _GLOBAL_HEADER or struct.unpack_from(order + "I", raw)[0] not in _MAGICS:
        msg = f"{path}: not a pcap"
        raise ValueError(msg)
    fraction = _MAGICS[struct.unpack_from(order + "I", raw)[0]]
    if struct.unpack_from(order + "I", raw, 20)[0] != _ETHERNET:
        msg = f"{path}: not Ethernet"
        raise ValueError(msg)
    found: list[Packet] = []
    offset = _GLOBAL_HEADER
    while offset < len(raw):
        if offset + _RECORD_HEADER > len(raw):
            msg = f"{path}: cut off"
            raise ValueError(msg)
        seconds, part, kept, _ = struct.unpack_from(order + "IIII", raw, offset)
        offset += _RECORD_HEADER + kept
        if offset > len(raw):
            msg = f"{path}: cut off"
            raise ValueError(msg)
        found.append(_frame(seconds + part / fraction, raw[offset - kept : offset]))
    return found


def _frame(at: float, frame: bytes) -> Packet:
    """Read one Ethernet frame; what can't be read further is kept as such."""
    macs = frame[6:12].hex(":"), frame[:6].hex(":")
    readers = {_IPV4: (_ipv4, 20), _IPV6: (_ipv6, 40), _ARP: (_arp, 28)}
    read_body, least = readers.get(int.from_bytes(frame[12:14], "big"), (None, 0))
    body = frame[14:]
    if read_body is None or len(body) < least:
        return Packet(at, "", "", -1, kind=Kind.OTHER, source_mac=macs[0], target_mac=macs[1])
    return read_body(at, macs, body)


def _arp(at: float, macs: tuple[str, str], body: bytes) -> Packet:
    """Read an ARP request or reply (RFC 826)."""
    kind = Kind.ASKS if body[7] == 1 else Kind.ANSWERS
    ends = socket.inet_ntoa(body[14:18]), socket.inet_ntoa(body[24:28])
    return Packet(at, *ends, 0, kind=kind, source_mac=macs[0], target_mac=macs[1])


def _ipv4(at: float, macs: tuple[str, str], body: bytes) -> Packet:
    """Read an IPv4 packet; only the first fragment of one has ports."""
    ends = socket.inet_ntoa(body[12:16]), socket.inet_ntoa(body[16:20])
    first = int.from_bytes(body[6:8], "big") & 0x1FFF == 0
    rest = body[(body[0] & 0x0F) * 4 :] if first else b""
    return _transport(at, macs, (*ends, body[9]), rest)


def _ipv6(at: float, macs: tuple[str, str], body: bytes) -> Packet:
    """Read an IPv6 packet, past its extension headers."""
    source, target = (socket.inet_ntop(socket.AF_INET6, body[i : i + 16]) for i in (8, 24))
    following, rest = body[6], body[40:]
    while following in _EXTENSIONS and len(rest) >= 8:  # noqa: PLR2004 - the shortest extension header
        following, rest = rest[0], rest[(rest[1] + 1) * 8 :]
    if following == _FRAGMENT and len(rest) >= 8:  # noqa: PLR2004 - size of a fragment header
        first = int.from_bytes(rest[2:4], "big") >> 3 == 0
        following, rest = rest[0], rest[8:] if first else b""
    if following == ICMP6 and rest[:1] and (told := _neighbour(rest)) is not None:
        kind, asked = told
        # of an answer the asker is meant, and that is its receiver
        return Packet(at, source, asked or target, ICMP6, kind=kind, source_mac=macs[0], target_mac=macs[1])
    return _transport(at, macs, (source, target, following), rest)


def _neighbour(rest: bytes) -> tuple[Kind, str] | None:
    """Read neighbour discovery and group reports: the kind, and whom a solicitation asks for."""
    if rest[0] in _LISTENERS:
        return Kind.GROUPS, ""
    if rest[0] == _ADVERTISE:
        return Kind.ANSWERS, ""
    if rest[0] == _SOLICIT and len(rest) >= 24:  # noqa: PLR2004 - up to the target's address
        return Kind.ASKS, socket.inet_ntop(socket.AF_INET6, rest[8:24])
    return None


def _transport(at: float, macs: tuple[str, str], ends: tuple[str, str, int], rest: bytes) -> Packet:
    """Read ports and flags."""
    _, _, protocol = ends
    has_ports = protocol in {TCP, UDP} and len(rest) >= 4  # noqa: PLR2004 - both ports
    near, far = struct.unpack_from(">HH", rest) if has_ports else (0, 0)
    flags = rest[13] if protocol == TCP and len(rest) >= 14 else 0  # noqa: PLR2004 - up to the flags
    return Packet(at, *ends, near, far, flags, source_mac=macs[0], target_mac=macs[1])


def by_target(packet: Packet) -> str:
    """Tell packets apart by whom they are meant for."""
    return packet.target


def busiest_second(packets: Iterable[Packet], by: Callable[[Packet], str] = by_target) -> dict[str, int]:
    """Give, per target (or what else tells them apart), the most packets in any one-second window."""
    recent: dict[str, deque[float]] = defaultdict(deque)
    most: dict[str, int] = defaultdict(int)
    for packet in sorted(packets, key=lambda p: p.at):
        window = recent[by(packet)]
        window.append(packet.at)
        while window[0] <= packet.at - 1.0:
            window.popleft()
        most[by(packet)] = max(most[by(packet)], len(window))
    return dict(most)


def sent_by(packets: Iterable[Packet], sources: set[str]) -> Iterator[Packet]:
    """Give what left from our addresses to others."""
    return (p for p in packets if p.source in sources and p.target not in sources)
