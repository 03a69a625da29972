"""A question for the outside address (NAT-PMP), one for an announcement (PCP), and the answers. Pure and total.

Source: RFC 6886 §3.2 (outside address), §3.5 (result codes); RFC 6887 §7.1, §7.2 (header), §9 (version negotiation),
§14.1 (ANNOUNCE), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import Final

from sekisho.errors import ParseError
from sekisho.model.udp_facts import NatPmp, Pcp

OUTSIDE_ADDRESS: Final = bytes(2)  # version 0, opcode 0
ANNOUNCE: Final = bytes.fromhex(
    "02"  # version
    "00"  # a request, opcode ANNOUNCE
    "0000 00000000"  # reserved, lifetime
    "00000000000000000000000000000000"  # our address, left open: a gateway that minds says so, and what it speaks
)
_RESPONSE: Final = 0x80
_NAT_PMP_BYTES, _PCP_BYTES, _MOST_BYTES = 8, 24, 1100
_PCP_FROM: Final = 1
"""The lowest version number of PCP; 0 is NAT-PMP on the same port."""


def parse_answer(_: bytes, reply: bytes) -> NatPmp | Pcp:
    """Read an answer by either protocol; to a question in the other's a gateway says what it speaks.

    Raises: ParseError.
    """
    is_answer = _NAT_PMP_BYTES <= len(reply) <= _MOST_BYTES and reply[1] == _RESPONSE
    if is_answer and reply[0] >= _PCP_FROM and len(reply) >= _PCP_BYTES and len(reply) % 4 == 0:
        return Pcp(reply[0], reply[3])
    if not is_answer or reply[0] >= _PCP_FROM:
        msg = f"PCP: got {reply[:4].hex()} in {len(reply)} bytes, expected an answer by NAT-PMP or PCP"
        raise ParseError(msg)
    result, address = int.from_bytes(reply[2:4], "big"), reply[8:12]
    return NatPmp(result, str(IPv4Address(address)) if not result and len(address) == 4 and any(address) else "")  # noqa: PLR2004 - an IPv4 address


def one_of_each(found: Sequence[NatPmp | Pcp]) -> tuple[NatPmp | Pcp, ...]:
    """Keep of each protocol the answer with the lowest result: a refusal of the other's question says less."""
    best: dict[type, NatPmp | Pcp] = {}
    for answer in sorted(found, key=lambda a: a.result):
        best.setdefault(type(answer), answer)
    return tuple(best[kind] for kind in (NatPmp, Pcp) if kind in best)
