"""A question for localhost with the recursion bit, and what comes back. Pure and total.

Source: RFC 1035 §4.1 (messages), RFC 6761 §6.3 (servers answer localhost by themselves), read 2026-11-21.
"""

from __future__ import annotations

from typing import Final

from sekisho.errors import ParseError
from sekisho.model.service_facts import DnsServer

ID_BYTES: Final = 2
_QUESTION: Final = bytes.fromhex(
    "0100"  # a standard query, recursion desired
    "0001 0000 0000 0000"  # one question and nothing else
    "09 6c6f63616c686f7374 00"  # localhost.
    "0001 0001"  # A, IN
)
_HEADER_BYTES: Final = 12
_RESPONSE, _OPCODE, _RECURSION_AVAILABLE, _CODE = 0x8000, 0x7800, 0x0080, 0x000F


def build_question(number: bytes) -> bytes:
    """Give a query with this number of two bytes."""
    return number + _QUESTION


def parse_answer(asked: bytes, reply: bytes) -> DnsServer:
    """Read the answer to this query. Raises: ParseError."""
    flags, questions = (int.from_bytes(reply[at : at + 2], "big") for at in (2, 4))
    is_answer = len(reply) >= _HEADER_BYTES and flags & _RESPONSE and not flags & _OPCODE
    if not is_answer or reply[:ID_BYTES] != asked[:ID_BYTES] or not _repeats(asked, reply, questions):
        msg = f"DNS: got {reply[:_HEADER_BYTES].hex()} in {len(reply)} bytes, expected the answer to our question"
        raise ParseError(msg)
    return DnsServer(recursion=bool(flags & _RECURSION_AVAILABLE), code=flags & _CODE)


def _repeats(asked: bytes, reply: bytes, questions: int) -> bool:
    """Tell whether an answer repeats the question, as it must where it repeats any (errors may leave it out)."""
    question = asked[_HEADER_BYTES:]
    return questions == 0 or reply[_HEADER_BYTES : _HEADER_BYTES + len(question)].lower() == question
