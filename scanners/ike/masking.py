"""What must not be kept of an answer in aggressive mode: the hash from which a shared key can be guessed offline.

A signature is blanked, too. Their lengths stay. Where the payloads can't be told apart, all of what they would be is
blanked. Source: RFC 2409 5.1, 5.4 (HASH_R, SIG_R); design: no IKE hash retrieval.
"""

from __future__ import annotations

from typing import Final

from scanners.ike.numbers import HASH_1, HEADER_BYTES, NON_ESP_MARKER, SIGNATURE_1
from scanners.ike.parse import parse_message
from sekisho.errors import ParseError

_SECRET: Final = frozenset({HASH_1, SIGNATURE_1})
_STAR: Final = b"*"
_VERSION_1: Final = 1


def mask(received: bytes) -> bytes:
    """Blank hash and signature payloads of version 1; keeps the length."""
    begin = len(NON_ESP_MARKER) if received.startswith(NON_ESP_MARKER) else 0
    if received[begin + 17 : begin + 18] and received[begin + 17] >> 4 != _VERSION_1:
        return received  # version 2 sends its proofs encrypted, in an exchange that we never begin
    end = begin + int.from_bytes(received[begin + 24 : begin + 28], "big")
    blanked = bytearray(received)
    try:
        message = parse_message(received)
    except ParseError:
        end = begin + HEADER_BYTES
    else:
        for payload in message.payloads:
            if payload.kind in _SECRET:
                blanked[payload.at : payload.at + len(payload.body)] = _STAR * len(payload.body)
    blanked[end:] = _STAR * max(len(received) - end, 0)
    return bytes(blanked)
