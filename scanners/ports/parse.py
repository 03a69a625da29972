"""Reading how connects and SYNs ended. Pure and total; the other TCP scanners use `connect_outcome` too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Final

from sekisho.model.artefacts import ALL_OPEN, ALL_OPEN_FROM
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact, HostAnswered, PortSeen, PortStatus
from sekisho.model.observations import Reading
from sekisho.model.subjects import IPAddress, Subject, address_of, endpoint_of, host, service
from sekisho.model.transcript import LOSSY, EventKind, Transcript

CONNECT_ENDS: Final = {
    EventKind.CONNECTED: Outcome.OK,
    EventKind.REFUSED: Outcome.REFUSED,
    EventKind.TIMEOUT: Outcome.TIMEOUT,
    EventKind.FILTERED: Outcome.FILTERED,
    EventKind.UNREACHABLE: Outcome.HOST_GONE,
}
"""The event that ends a connect, and the outcome it stands for."""
_STATUS: Final = {
    Outcome.OK: PortStatus.OPEN,
    Outcome.REFUSED: PortStatus.CLOSED,
    Outcome.TIMEOUT: PortStatus.FILTERED,
    Outcome.FILTERED: PortStatus.FILTERED,
    Outcome.HOST_GONE: PortStatus.FILTERED,  # a filter may say so; with its next error held back it is a timeout
}
_SYN_ACK: Final = 0x12
_RST: Final = 0x04
_PORTS: Final = range(1, 65536)
_BY_ICMP: Final = frozenset({EventKind.FILTERED, EventKind.UNREACHABLE})
_TCP: Final = 6
_TCP_HEADER: Final = 20
_IPV4_HEADER: Final = 20
_IPV6_HEADER: Final = 40
_UNREACHABLE_V4: Final = b"\x03"
_UNREACHABLE_V6: Final = b"\x01"


def subject_address(transcript: Transcript) -> IPAddress | None:
    """Give the address a transcript is about; None where its subject names none, or is not one of ours."""
    try:
        return address_of(transcript.subject)
    except ValueError:
        return None


def subject_service(transcript: Transcript) -> Subject | None:
    """Give the subject if it is a well-formed service, None otherwise."""
    try:
        return transcript.subject if endpoint_of(transcript.subject) else None
    except ValueError:
        return None


def connect_outcome(transcript: Transcript, conn: int = 0) -> Outcome:
    """Tell how one connect ended: ok, refused, timeout, filtered, host_gone; interrupted if the end is missing."""
    for event in transcript.events:
        if event.conn == conn and event.kind in CONNECT_ENDS:
            return CONNECT_ENDS[event.kind]
    return Outcome.INTERRUPTED if conn in transcript.connections() else Outcome.NOT_TRIED


def read_syn_answer(packet: bytes, version: int, source_port: int) -> tuple[int, str] | None:
    """Give (remote port, open | closed) of a TCP answer to source_port, None for everything else.

    packet: as a raw socket delivers it, IPv4 with its header, IPv6 without.
    """
    segment = packet
    if version == 4:  # noqa: PLR2004 - IP version
        header = (packet[0] & 0x0F) * 4 if packet else 0
        if header < 20 or packet[0] >> 4 != 4 or packet[9:10] != b"\x06":  # noqa: PLR2004 - RFC 791, protocol 6 = TCP
            return None
        segment = packet[header:]
    if len(segment) < 20 or int.from_bytes(segment[2:4], "big") != source_port:  # noqa: PLR2004 - RFC 9293 3.1
        return None
    flags = segment[13]
    if flags & _RST:
        return int.from_bytes(segment[:2], "big"), "closed"
    if flags & _SYN_ACK == _SYN_ACK:
        return int.from_bytes(segment[:2], "big"), "open"
    return None


def read_unreachable(packet: bytes, version: int) -> tuple[str, int, int, int] | None:
    """Give (target, source port, port, code) of an ICMP "destination unreachable" about TCP; None for all else.

    packet: as a raw socket delivers it. The error quotes the IP header and at least 8 bytes of the segment (RFC 792,
    RFC 4443 3.1).
    """
    if version == 4:  # noqa: PLR2004 - IP version
        message, wanted = (packet[(packet[0] & 0x0F) * 4 :] if packet else b""), _UNREACHABLE_V4
    else:
        message, wanted = packet, _UNREACHABLE_V6
    quoted = message[8:]
    header = _IPV6_HEADER if version == 6 else (quoted[0] & 0x0F) * 4 if quoted else 0  # noqa: PLR2004 - IP version
    if message[:1] != wanted or header < _IPV4_HEADER or len(quoted) < header + 4:
        return None
    if quoted[6 if version == 6 else 9] != _TCP:  # noqa: PLR2004 - IP version
        return None
    target = ip_address(quoted[24:40] if version == 6 else quoted[16:20])  # noqa: PLR2004 - IP version
    ports = quoted[header : header + 4]
    return str(target), int.from_bytes(ports[:2], "big"), int.from_bytes(ports[2:], "big"), message[1]


def read(transcript: Transcript) -> Reading:
    """Read one round of ports.

    Outcome: ok when a port was open or refused; middlebox (and no port is believed) when all of 10 or more were open;
    else filtered, timeout or host_gone, whichever says most; not_tried when nothing was asked.
    """
    address = subject_address(transcript)
    if address is None:
        return Reading(Outcome.TOOL_ERROR, (), f"subject {transcript.subject!r} names no address")
    connects, syns = _connects(transcript), _syns(transcript, address.version)
    outcomes = [*connects.values(), *syns.values()]
    detail = "; ".join(transcript.notes())
    if len(outcomes) >= ALL_OPEN_FROM and all(o is Outcome.OK for o in outcomes):
        return Reading(Outcome.MIDDLEBOX, (), ALL_OPEN)
    facts = [*_facts(address, connects, "connect"), *_facts(address, syns, "syn")]
    if Outcome.OK in outcomes or Outcome.REFUSED in outcomes:
        return Reading(Outcome.OK, ((host(address), HostAnswered("tcp")), *facts), detail)
    for outcome in (Outcome.FILTERED, Outcome.TIMEOUT, Outcome.HOST_GONE, Outcome.INTERRUPTED):
        if outcome in outcomes:
            return Reading(outcome, tuple(facts), detail)
    return Reading(Outcome.NOT_TRIED, (), detail)


def _connects(transcript: Transcript) -> dict[int, Outcome]:
    """Give how the connect to each port ended."""
    begun = [e for e in transcript.events if e.kind is EventKind.CONNECT and e.port in _PORTS]
    return {e.port: connect_outcome(transcript, e.conn) for e in begun}


def _syns(transcript: Transcript, version: int) -> dict[int, Outcome]:
    """Give what each crafted SYN drew; one that stayed silent where packets get lost is interrupted, not timed out."""
    silent = Outcome.INTERRUPTED if LOSSY in transcript.notes() else Outcome.TIMEOUT
    control = transcript.options.get("control")  # known to answer; asked only to see whether packets arrive
    found: dict[int, Outcome] = {}
    source_port = 0
    for event in transcript.events:
        if event.kind is EventKind.FRAME_SENT:
            for segment in _segments(event.data):
                source_port, port = int.from_bytes(segment[:2], "big"), int.from_bytes(segment[2:4], "big")
                if port in _PORTS and port != control:
                    found.setdefault(port, silent)
        elif event.kind is EventKind.FRAME_RECEIVED:
            for packet in _packets(event.data, version):
                answer = read_syn_answer(packet, version, source_port)
                if answer is not None and answer[0] in found:
                    found[answer[0]] = Outcome.OK if answer[1] == "open" else Outcome.REFUSED
        elif event.kind in _BY_ICMP and found.get(event.port) is silent:
            found[event.port] = CONNECT_ENDS[event.kind]
    return found


def _segments(data: bytes) -> Iterator[bytes]:
    """Cut what was sent into TCP segments: a SYN is as long as its header says."""
    begin = 0
    while len(data) - begin >= _TCP_HEADER:
        end = begin + max((data[begin + 12] >> 4) * 4, _TCP_HEADER)
        yield data[begin:end]
        begin = end


def _packets(data: bytes, version: int) -> Iterator[bytes]:
    """Cut what was received into packets: IPv4 by their total length, IPv6 (recorded without it) by the TCP header."""
    if version != 4:  # noqa: PLR2004 - IP version
        yield from _segments(data)
        return
    begin = 0
    while begin < len(data):
        length = int.from_bytes(data[begin + 2 : begin + 4], "big")
        end = begin + length if length >= _IPV4_HEADER else len(data)
        yield data[begin:end]
        begin = end


def _facts(address: IPAddress, outcomes: Mapping[int, Outcome], via: str) -> list[tuple[Subject, Fact]]:
    """Give a PortSeen for each port whose status is known, in port order."""
    seen = {outcome: PortSeen(status, via) for outcome, status in _STATUS.items()}
    return [
        (service(address, "tcp", port), seen[outcome]) for port, outcome in sorted(outcomes.items()) if outcome in seen
    ]
