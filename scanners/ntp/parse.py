"""A client's question for the time, a control query for a server's variables, and the answers. Pure and total.

Source: RFC 5905 §7.3 (packet header), §7.4 (kiss codes); RFC 8633 appendix A (a client need not fill in more than mode,
version and a random transmit time); RFC 9327 §2 (control messages), §4 (read variables), read 2026-11-21.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scanners.greeting.text import printable
from sekisho.errors import ParseError
from sekisho.model.service_facts import NtpServer
from sekisho.model.udp_facts import NtpControl

RANDOM_BYTES: Final = 8
NUMBER_BYTES: Final = 2
MOST_FRAGMENTS: Final = 4
"""Of an answer to a control query; one of usual length comes in one or two."""
_BYTES: Final = 48
_CLIENT, _SERVER, _CONTROL = 3, 4, 6
_VERSION: Final = 4
_ORIGIN_AT: Final = 24
_CONTROL_BYTES: Final = 12
_LONGEST: Final = 4000
_READ_VARIABLES: Final = 2
_ANSWER, _MORE = 0x80, 0x20
_VARIABLE: Final = re.compile(r'(\w{1,32})=(?:"([^"]{0,300})"|([^",]{0,300}))')


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of the answer to a control query; size: of the whole datagram, asked: of the query's."""

    at: int
    text: bytes
    size: int
    asked: int


def build_question(random: bytes) -> bytes:
    """Give a client's packet whose transmit time is random, so that only who read it can answer."""
    return bytes([_VERSION << 3 | _CLIENT]) + bytes(_BYTES - 1 - RANDOM_BYTES) + random


def parse_answer(asked: bytes, reply: bytes) -> NtpServer:
    """Read a server's answer to this question. Raises: ParseError."""
    origin = reply[_ORIGIN_AT : _ORIGIN_AT + RANDOM_BYTES]
    if len(reply) < _BYTES or reply[0] & 7 != _SERVER or origin != asked[-RANDOM_BYTES:]:
        msg = f"NTP: got {reply[:4].hex()} in {len(reply)} bytes, expected a server's answer to our time"
        raise ParseError(msg)
    kiss = printable(reply[12:16]) if reply[1] == 0 else ""
    return NtpServer(version=reply[0] >> 3 & 7, stratum=reply[1], synchronised=reply[0] >> 6 != 3, kiss=kiss)  # noqa: PLR2004 - leap indicator "unknown"


def build_control(number: bytes) -> bytes:
    """Give a control query with this number that reads the server's own variables and changes nothing."""
    # version 2, as all servers take it; association 0 is the server itself; no variable named: all of them
    return bytes([2 << 3 | _CONTROL, _READ_VARIABLES]) + number + bytes(_CONTROL_BYTES - 2 - NUMBER_BYTES)


def parse_reply(asked: bytes, reply: bytes) -> NtpServer | Fragment:
    """Read the answer to either question. Raises: ParseError, also for a control query that is refused."""
    if asked[:1] != build_control(bytes(NUMBER_BYTES))[:1]:
        return parse_answer(asked, reply)
    at, count = (int.from_bytes(reply[o : o + 2], "big") for o in (8, 10))
    is_control = len(reply) >= _CONTROL_BYTES + count and reply[:1] and reply[0] & 7 == _CONTROL
    if not is_control or reply[1] & ~_MORE != _ANSWER | _READ_VARIABLES or reply[2:4] != asked[2:4]:
        msg = f"NTP: got {reply[:4].hex()} in {len(reply)} bytes, expected variables"
        raise ParseError(msg)
    return Fragment(at, reply[_CONTROL_BYTES : _CONTROL_BYTES + count], len(reply), len(asked))


def join(found: Sequence[NtpServer | Fragment]) -> tuple[NtpServer | NtpControl, ...]:
    """Make facts of the answers: the time server's, and that to the control query put together again."""
    servers = [f for f in found if isinstance(f, NtpServer)]
    fragments = sorted((f for f in found if isinstance(f, Fragment)), key=lambda f: f.at)
    if not fragments:
        return tuple(servers[:1])
    text = printable(b"".join(f.text for f in fragments), longest=_LONGEST)
    values = {name: (quoted or plain).strip() for name, quoted, plain in _VARIABLE.findall(text)}
    control = NtpControl(
        version=values.get("version", ""),
        system=values.get("system", ""),
        processor=values.get("processor", ""),
        sent_bytes=fragments[0].asked,
        received_bytes=sum(f.size for f in fragments),
    )
    return (*servers[:1], control)
