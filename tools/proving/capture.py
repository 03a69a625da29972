"""Reading a lab capture: Ethernet frames with IPv4, IPv6 and ARP, as plain rows."""

from __future__ import annotations

import socket
import struct
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_GLOBAL_HEADER: Final = 24
_RECORD_HEADER: Final = 16
_NANOSECOND_MAGIC: Final = 0xA1B23C4D
_TCP, _UDP = 6, 17
_SYN, _ACK = 0x02, 0x10


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet. at: seconds. protocol: IP protocol number, 0 for ARP. flags: TCP flags, 0 otherwise."""

    at: float
    source: str
    target: str
    protocol: int
    source_port: int = 0
    target_port: int = 0
    flags: int = 0

    @property
    def opens(self) -> bool:
        """Tell whether this is the first packet of a connection."""
        return self.protocol == _TCP and self.flags & (_SYN | _ACK) == _SYN


def read(path: Path) -> list[Packet]:
    """Read a pcap with Ethernet framing; on lo each packet is written twice (out and in): the lab keeps one."""
    raw = path.read_bytes()
    order = "<" if raw[:4] in {b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"} else ">"
    fraction = 1e9 if struct.unpack_from(order + "I", raw)[0] == _NANOSECOND_MAGIC else 1e6
    found: list[Packet] = []
    offset = _GLOBAL_HEADER
    while offset + _RECORD_HEADER <= len(raw):
        seconds, part, kept, _ = struct.unpack_from(order + "IIII", raw, offset)
        frame = raw[offset + _RECORD_HEADER : offset + _RECORD_HEADER + kept]
        packet = _frame(seconds + part / fraction, frame)
        if packet is not None:
            found.append(packet)
        offset += _RECORD_HEADER + kept
    return found


def _frame(at: float, frame: bytes) -> Packet | None:
    """Read one Ethernet frame."""
    kind, body = struct.unpack_from(">H", frame, 12)[0], frame[14:]
    if kind == 0x0800:  # noqa: PLR2004 - EtherType IPv4
        length = (body[0] & 0x0F) * 4
        source, target = socket.inet_ntoa(body[12:16]), socket.inet_ntoa(body[16:20])
        return _transport(at, (source, target, body[9]), body[length:])
    if kind == 0x86DD:  # noqa: PLR2004 - EtherType IPv6
        source, target = (socket.inet_ntop(socket.AF_INET6, body[i : i + 16]) for i in (8, 24))
        return _transport(at, (source, target, body[6]), body[40:])
    if kind == 0x0806:  # noqa: PLR2004 - EtherType ARP
        return Packet(at, socket.inet_ntoa(body[14:18]), socket.inet_ntoa(body[24:28]), 0)
    return None


def _transport(at: float, ends: tuple[str, str, int], rest: bytes) -> Packet:
    """Read ports and flags."""
    source, target, protocol = ends
    if protocol not in {_TCP, _UDP} or len(rest) < 14:  # noqa: PLR2004 - up to the TCP flags
        ports = struct.unpack_from(">HH", rest) if protocol == _UDP and len(rest) >= 4 else (0, 0)  # noqa: PLR2004
        return Packet(at, source, target, protocol, *ports)
    source_port, target_port = struct.unpack_from(">HH", rest)
    return Packet(at, source, target, protocol, source_port, target_port, rest[13] if protocol == _TCP else 0)


def busiest_second(packets: Iterable[Packet]) -> dict[str, int]:
    """Give, per target, the most packets in any one-second window."""
    recent: dict[str, deque[float]] = defaultdict(deque)
    most: dict[str, int] = defaultdict(int)
    for packet in sorted(packets, key=lambda p: p.at):
        window = recent[packet.target]
        window.append(packet.at)
        while window[0] <= packet.at - 1.0:
            window.popleft()
        most[packet.target] = max(most[packet.target], len(window))
    return dict(most)


def sent_by(packets: Iterable[Packet], sources: set[str]) -> Iterator[Packet]:
    """Give what left from our addresses to others."""
    return (p for p in packets if p.source in sources and p.target not in sources)
