"""Reading ARP replies, neighbour advertisements and echo replies. Total: anything else is None, never an exception.

Source: RFC 826 (ARP), RFC 4861 4.4 (neighbour advertisement), RFC 792 and RFC 4443 4.2 (echo reply).
Checksums are not verified: on virtual interfaces the kernel hands over frames whose checksum is still to be filled in.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Final

from scanners.ports.parse import subject_address
from sekisho.model.attempts import SILENT_ON_LINK, Outcome
from sekisho.model.facts import HostAnswered
from sekisho.model.observations import Reading
from sekisho.model.subjects import IPAddress, host
from sekisho.model.transcript import EventKind, Transcript

_ETHERNET: Final = 14
_TYPE_ARP: Final = b"\x08\x06"
_TYPE_IPV6: Final = b"\x86\xdd"
_IPV6_HEADER: Final = 40
_NEIGHBOUR_SOLICITATION: Final = 135
_NEIGHBOUR_ADVERTISEMENT: Final = 136
_ICMPV6: Final = 58
_TARGET_LINK_ADDRESS: Final = 2  # option type, RFC 4861 4.6.1
_BY_ICMP: Final = (
    (EventKind.FILTERED, Outcome.FILTERED, "echo is prohibited"),
    (EventKind.UNREACHABLE, Outcome.HOST_GONE, "unreachable"),
)
_NO_MACS: Final = frozenset({"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"})


def read_arp_reply(frame: bytes) -> tuple[str, str] | None:
    """Give (ip, mac) of the sender of an ARP reply for IPv4 over Ethernet, None for every other frame."""
    body = frame[_ETHERNET : _ETHERNET + 28]
    if frame[12:14] != _TYPE_ARP or len(body) < 28:  # noqa: PLR2004 - RFC 826 with 6-byte MACs and IPv4
        return None
    # hardware type Ethernet, protocol IPv4, address lengths 6 and 4, operation 2 = reply
    if body[:8] != b"\x00\x01\x08\x00\x06\x04\x00\x02":
        return None
    mac = _mac(body[8:14])
    return None if mac is None else (str(IPv4Address(body[14:18])), mac)


def read_neighbour_advertisement(frame: bytes) -> tuple[str, str] | None:
    """Give (ip, mac) of a neighbour advertisement, None for every other frame.

    The MAC is the target link-layer address option; where it is left out, the sender of the frame.
    """
    message = _icmpv6_of(frame)
    # 4 bytes of type, code and checksum, 4 of flags, 16 of target address; hop limit 255 = not forwarded (7.1.2)
    if len(message) < 24 or message[0] != _NEIGHBOUR_ADVERTISEMENT or message[1] != 0:  # noqa: PLR2004
        return None
    if frame[_ETHERNET + 7] != 255:  # noqa: PLR2004
        return None
    mac = _mac(_link_address_option(message[24:]) or frame[6:12])
    return None if mac is None else (str(IPv6Address(message[8:24])), mac)


def read_icmp_echo_reply(packet: bytes, version: int) -> tuple[int, int] | None:
    """Give (identifier, sequence) of an echo reply as a raw socket delivers it: IPv4 with its header, IPv6 without."""
    if version == 4:  # noqa: PLR2004 - IP version
        header = (packet[0] & 0x0F) * 4 if packet else 0
        if header < 20 or packet[0] >> 4 != 4 or packet[9:10] != b"\x01":  # noqa: PLR2004 - RFC 791, protocol 1 = ICMP
            return None
        message, wanted = packet[header:], 0
    else:
        message, wanted = packet, 129
    if len(message) < 8 or message[0] != wanted or message[1] != 0:  # noqa: PLR2004 - echo header
        return None
    return int.from_bytes(message[4:6], "big"), int.from_bytes(message[6:8], "big")


def read(transcript: Transcript) -> Reading:
    """Read a first contact.

    Outcome: ok when somebody answered; host_gone when the address is on-link and stayed silent, or a router said that
    it is unreachable; filtered when the echo is prohibited on the way; timeout when only an echo was asked; not_tried
    when nothing was sent (T1 beyond a router).
    """
    address = subject_address(transcript)
    if address is None:
        return Reading(Outcome.TOOL_ERROR, (), f"subject {transcript.subject!r} names no address")
    facts = _answers(transcript, address)
    if facts:
        return Reading(Outcome.OK, tuple((host(address), fact) for fact in facts))
    sent = [e.data for e in transcript.events if e.kind is EventKind.FRAME_SENT]
    if any(_asks_link(frame) for frame in sent):
        return Reading(Outcome.HOST_GONE, (), SILENT_ON_LINK)
    for kind, outcome, detail in _BY_ICMP:
        if any(e.kind is kind for e in transcript.events):
            return Reading(outcome, (), detail)
    if sent:
        return Reading(Outcome.TIMEOUT, (), "no echo reply")
    return Reading(Outcome.NOT_TRIED, (), "; ".join(transcript.notes()) or "not on-link")


def _answers(transcript: Transcript, address: IPAddress) -> list[HostAnswered]:
    """Give what the received frames prove, each way at most once, ARP and ND before echo."""
    found: dict[str, HostAnswered] = {}
    for event in transcript.events:
        if event.kind is not EventKind.FRAME_RECEIVED:
            continue
        for how, answer in (("arp", read_arp_reply(event.data)), ("nd", read_neighbour_advertisement(event.data))):
            if answer is not None and answer[0] == str(address):
                found.setdefault(how, HostAnswered(how, answer[1]))
        if read_icmp_echo_reply(event.data, address.version) is not None:
            found.setdefault("icmp", HostAnswered("icmp"))
    return sorted(found.values(), key=lambda fact: ("arp", "nd", "icmp").index(fact.how))


def _asks_link(frame: bytes) -> bool:
    """Tell whether a frame we sent was an ARP request or a neighbour solicitation."""
    if frame[12:14] == _TYPE_ARP:
        return True
    return _icmpv6_of(frame)[:1] == bytes([_NEIGHBOUR_SOLICITATION])


def _icmpv6_of(frame: bytes) -> bytes:
    """Give the ICMPv6 message that directly follows the IPv6 header of an Ethernet frame; b"" if there is none."""
    packet = frame[_ETHERNET:]
    if frame[12:14] != _TYPE_IPV6 or len(packet) < _IPV6_HEADER or packet[0] >> 4 != 6 or packet[6] != _ICMPV6:  # noqa: PLR2004
        return b""
    length = int.from_bytes(packet[4:6], "big")
    return packet[_IPV6_HEADER : _IPV6_HEADER + length]


def _link_address_option(options: bytes) -> bytes | None:
    """Find the target link-layer address among neighbour discovery options (type, length in 8 bytes, value)."""
    while len(options) >= 8 and options[1] > 0:  # noqa: PLR2004 - shortest option
        if options[0] == _TARGET_LINK_ADDRESS:
            return options[2:8]
        options = options[options[1] * 8 :]
    return None


def _mac(raw: bytes) -> str | None:
    """Print a MAC in lower-case colon form; None for the empty, broadcast and group addresses."""
    text = raw.hex(":")
    is_group = bool(raw[0] & 1) if raw else True
    return None if len(raw) != 6 or is_group or text in _NO_MACS else text  # noqa: PLR2004
