"""Reading what an SSH server sent before encryption. Pure and total.

Source: RFC 4253 4.2 (banner, lines before it), 5.1 (banner 1.99), 7.1 (KEXINIT), 8 (reply with the host key), 11.1.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from scanners.greeting.parse import shuts_out
from scanners.greeting.text import printable
from scanners.ports.parse import connect_outcome, subject_service
from scanners.ssh.exchange import MSG_GEX_REPLY, MSG_KEXDH_REPLY
from scanners.ssh.hostkey import RSA, parse_host_key
from scanners.ssh.kexinit import MSG_DISCONNECT, MSG_KEXINIT, MSG_NEWKEYS, KexInit, parse_kexinit
from scanners.ssh.packets import Fields, split_packets
from sekisho.errors import ParseError
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact
from sekisho.model.observations import Reading
from sekisho.model.ssh_facts import SshDirection, SshHostKey, SshOffer
from sekisho.model.subjects import Subject
from sekisho.model.transcript import EventKind, Transcript

_BANNER: Final = re.compile(rb"(?:\A|\n)(SSH-(\d{1,3}\.\d{1,3})-([^\r\n]{0,1000}))\r?\n")
_SSH2: Final = frozenset({"2.0", "1.99"})  # RFC 4253 5.1: 1.99 is a 2.0 server that takes 1.x clients too


@dataclass(frozen=True, slots=True)
class Banner:
    """The identification line. protocol: "2.0", "1.99" or "1.5". software: its first word. end: bytes up to its end."""

    text: str
    protocol: str
    software: str
    end: int

    @property
    def speaks_ssh2(self) -> bool:
        """Tell whether SSH 2 can be spoken."""
        return self.protocol in _SSH2


def parse_banner(data: bytes) -> Banner | None:
    """Find the identification line, which other lines may precede; None while there is none."""
    found = _BANNER.search(data)
    if found is None:
        return None
    software = printable(found[3]).split(" ", 1)[0]
    return Banner(printable(found[1]), found[2].decode("ascii"), software, found.end())


def message(data: bytes, number: int) -> bytes | None:
    """Give the payload of the first message with this number in a server's stream (banner first), None without one."""
    payloads, _ = _payloads(data)
    return next((p for p in payloads if p[0] == number), None)


def is_over(data: bytes) -> bool:
    """Tell whether a server's stream can hold no more to read: a disconnect, encryption, or no SSH packets at all."""
    payloads, fault = _payloads(data)
    return bool(fault) or any(p[0] in {MSG_DISCONNECT, MSG_NEWKEYS} for p in payloads)


def read(transcript: Transcript) -> Reading:
    """Read one look at an SSH service: the offer from the first connection that shows it, host keys from all.

    Outcome: ok with an offer; without one timeout, protocol_error, or how the connect ended. An SSH 1.5 server gives an
    offer with empty lists, since its algorithms are negotiated in another protocol.
    """
    subject = subject_service(transcript)
    if subject is None:
        return Reading(Outcome.TOOL_ERROR, (), f"subject {transcript.subject!r} is no service")
    connections = transcript.connections()
    if not connections:
        return Reading(Outcome.NOT_TRIED)
    outcome = connect_outcome(transcript, connections[0])
    if outcome is not Outcome.OK:
        return Reading(outcome)
    keys = _host_keys(transcript, connections)
    offer = next((o for c in connections if (o := _offer(transcript.received(c), keys)) is not None), None)
    if offer is None:
        return _without_offer(transcript, connections[0])
    facts: list[tuple[Subject, Fact]] = [(subject, offer), *((subject, key) for key in keys)]
    return Reading(Outcome.OK, tuple(facts), "; ".join(transcript.notes()))


def _payloads(data: bytes) -> tuple[tuple[bytes, ...], str]:
    """Split what follows the banner, up to the point where encryption begins."""
    banner = parse_banner(data)
    if banner is None or not banner.speaks_ssh2:
        return (), ""
    split = split_packets(data[banner.end :], until=frozenset({MSG_NEWKEYS}))
    return split.payloads, split.fault


def _kexinit(data: bytes) -> KexInit | None:
    """Give the server's KEXINIT if it came whole."""
    payload = message(data, MSG_KEXINIT)
    try:
        return None if payload is None else parse_kexinit(payload)
    except ParseError:
        return None


def _offer(data: bytes, keys: tuple[SshHostKey, ...]) -> SshOffer | None:
    """Give what one connection shows; None without a banner, and for SSH 2.0 without its lists."""
    banner, lists = parse_banner(data), _kexinit(data)
    if banner is None or (lists is None and banner.protocol == "2.0"):
        return None
    if lists is None:
        nothing = SshDirection((), (), ())
        return SshOffer(banner.text, banner.protocol, banner.software, (), (), nothing, nothing)
    return SshOffer(
        banner.text,
        banner.protocol,
        banner.software,
        kex=lists.kex,
        host_keys=lists.host_keys,
        to_client=SshDirection(lists.ciphers_to_client, lists.macs_to_client, lists.compressions_to_client),
        to_server=SshDirection(lists.ciphers_to_server, lists.macs_to_server, lists.compressions_to_server),
        rsa_bits=next((key.key_bits for key in keys if key.key_type == RSA), 0),
    )


def _host_keys(transcript: Transcript, connections: tuple[int, ...]) -> tuple[SshHostKey, ...]:
    """Give the host keys shown, each once, in the order of the connections."""
    found: dict[SshHostKey, None] = {}
    for conn in connections:
        for number in (MSG_KEXDH_REPLY, MSG_GEX_REPLY):  # 31 is the group's in a group exchange, and holds no key
            payload = message(transcript.received(conn), number)
            with suppress(ParseError):
                found.setdefault(parse_host_key(Fields((payload or b"")[1:]).string()))
    return tuple(found)


def _without_offer(transcript: Transcript, conn: int) -> Reading:
    """Say why a connection that came about showed no offer."""
    data = transcript.received(conn)
    if why := shuts_out(data):
        return Reading(Outcome.HOST_GONE, (), why)
    if EventKind.TIMEOUT in transcript.kinds(conn) and (not data or parse_banner(data) is not None):
        return Reading(Outcome.TIMEOUT, (), "silent after its banner" if data else "said nothing")
    reason = _disconnect_reason(data)
    if reason:
        return Reading(Outcome.PROTOCOL_ERROR, (), f"disconnected: {reason}")
    _, fault = _payloads(data)
    return Reading(Outcome.PROTOCOL_ERROR, (), fault or f"no SSH offer in {printable(data[:80])!r}")


def _disconnect_reason(data: bytes) -> str:
    """Give the text of a DISCONNECT, "" if there is none."""
    payload = message(data, MSG_DISCONNECT)
    if payload is None:
        return ""
    try:
        fields = Fields(payload[1:])
        code = fields.number()
        return f"{code} {printable(fields.string(), longest=200)}"
    except ParseError:
        return "without a reason"
