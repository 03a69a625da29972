"""Broken answers of an SNMP agent; datagram in, datagram out."""

from __future__ import annotations

from typing import assert_never

from lab.devices.malformed.script import What
from lab.devices.snmp.agent import message, parse
from lab.devices.snmp.ber import OCTET_STRING, SEQUENCE, BerError, encode

NESTED = 1500
MOST_VALUES = 60_000
"""Bytes of all values together; a datagram holds 65,507 (RFC 768), and a longer one would never leave."""


def malformed_answer(received: bytes, what: What) -> bytes | None:
    """Answer a GET or GETNEXT wrongly; None for anything else."""
    try:
        request = parse(received)
    except BerError:
        return None
    match what:
        case "oversized":
            # The value says that it has 4 GiB, and so does the message.
            value = encode(OCTET_STRING, b"A" * (MOST_VALUES // max(len(request.names), 1)))
            whole = message(request, 0, 0, [(name, value) for name in request.names])
            return b"\x30\x84\xff\xff\xff\xff" + whole[4:]
        case "truncated":
            whole = message(request, 0, 0, [(name, encode(OCTET_STRING, b"cut off")) for name in request.names])
            return whole[: len(whole) // 2]
        case "looping":
            # The name asked for as the next one: a walk never ends. And a value within a value, within a value.
            value = encode(OCTET_STRING, b"again")
            for _ in range(NESTED):
                value = encode(SEQUENCE, value)
            return message(request, 0, 0, [(name, value) for name in request.names])
        case _:
            assert_never(what)
