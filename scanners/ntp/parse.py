"""A client's question for the time, and a server's answer. Pure and total.

Source: RFC 5905 §7.3 (packet header), §7.4 (kiss codes), read 2026-11-21; RFC 8633 appendix A (a client need not fill
in more than mode, version and a random transmit time).
"""

from __future__ import annotations

from typing import Final

from scanners.greeting.text import printable
from sekisho.errors import ParseError
from sekisho.model.service_facts import NtpServer

RANDOM_BYTES: Final = 8
_BYTES: Final = 48
_CLIENT, _SERVER = 3, 4
_VERSION: Final = 4
_ORIGIN_AT: Final = 24


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
