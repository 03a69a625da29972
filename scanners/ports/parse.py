"""Reading how connects and SYNs ended. Pure and total; the other TCP scanners use `connect_outcome` too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact, HostAnswered, PortSeen, PortStatus
from sekisho.model.observations import Reading
from sekisho.model.subjects import IPAddress, Subject, address_of, endpoint_of, host, service
from sekisho.model.transcript import EventKind, Transcript

ALL_OPEN_FROM: Final = 10
"""From this many asked ports on, "all of them open" is read as a device in between that accepts everything. Ours."""

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
}
_SYN_ACK: Final = 0x12
_RST: Final = 0x04
_PORTS: Final = range(1, 65536)


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
        return Reading(Outcome.MIDDLEBOX, (), "all_open")
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
    """Give what each crafted SYN drew; a port is asked by a frame that carries its number."""
    found: dict[int, Outcome] = {}
    source_port = 0
    for event in transcript.events:
        if event.port not in _PORTS:
            continue
        if event.kind is EventKind.FRAME_SENT:
            source_port = int.from_bytes(event.data[:2], "big")
            found.setdefault(event.port, Outcome.TIMEOUT)
        elif event.kind is EventKind.FRAME_RECEIVED and event.port in found:
            answer = read_syn_answer(event.data, version, source_port)
            if answer is not None and answer[0] == event.port:
                found[event.port] = Outcome.OK if answer[1] == "open" else Outcome.REFUSED
    return found


def _facts(address: IPAddress, outcomes: Mapping[int, Outcome], via: str) -> list[tuple[Subject, Fact]]:
    """Give a PortSeen for each port whose status is known, in port order."""
    return [
        (service(address, "tcp", port), PortSeen(_STATUS[outcome], via))
        for port, outcome in sorted(outcomes.items())
        if outcome in _STATUS
    ]
