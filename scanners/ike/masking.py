"""What must not be kept of an answer in aggressive mode: the hash from which a shared key can be guessed offline.

A signature is blanked, too, and every fragment of a message, which may hold a part of either. Their lengths stay. Where
the payloads can't be told apart, all of what they would be is blanked.
Source: RFC 2409 5.1, 5.4 (HASH_R, SIG_R); design: no IKE hash retrieval.
"""

from __future__ import annotations

from typing import Final

from scanners.ike.numbers import FRAGMENT_1, HASH_1, HEADER_BYTES, NON_ESP_MARKER, SIGNATURE_1
from scanners.ike.parse import parse_message
from sekisho.errors import ParseError

_SECRET: Final = frozenset({HASH_1, SIGNATURE_1, FRAGMENT_1})
_STAR: Final = b"*"
_VERSION_2: Final = b"\x20"


def mask(received: bytes) -> bytes:
    """Blank hash and signature payloads, and what belongs to no payload; keeps the length."""
    begin = len(NON_ESP_MARKER) if received.startswith(NON_ESP_MARKER) else 0
    end = begin + HEADER_BYTES
    blanked = bytearray(received)
    try:
        message = parse_message(received)
    except ParseError:
        if received[begin + 17 : begin + 18] == _VERSION_2:
            return received  # it sends its proofs encrypted, in an exchange that we never begin
    else:
        for payload in message.payloads:
            end = payload.at + len(payload.body)
            if payload.kind in _SECRET:
                blanked[payload.at : end] = _STAR * len(payload.body)
    blanked[end:] = _STAR * max(len(received) - end, 0)
    return bytes(blanked)
