"""The one answer of a Radmin server to the first message of its viewer. Pure and total.

Source: service probes of nmap 7.93 (facts only: the ten bytes that are sent, and how versions 2 and 3 answer them),
read 2026-11-21; not compared with a real server.
"""

from __future__ import annotations

from typing import Final

from sekisho.errors import ParseError
from sekisho.model.service_facts import RadminAnswer

REQUEST: Final = bytes.fromhex(
    "01000000"  # a message …
    "01"  # … of one byte
    "00000008"  # checksum
    "08"  # which asks how one logs in
)
_START: Final = bytes.fromhex("01000000")
_ANSWER, _BLOCKED = 0x25, 0x09  # length of the answer: terms of the log-in, or that our address is shut out
_VERSION_AT: Final = 7
_VERSIONS: Final = frozenset({1, 2})  # 1: Radmin 2, 2: Radmin 3
_LONGEST: Final = 4 + 1 + 4 + 0x25


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come; what follows its version tells nothing."""
    if received[: len(_START)] != _START[: len(received)]:
        return True
    return len(received) >= _LONGEST or (len(received) > _VERSION_AT and received[4] == _BLOCKED)


def parse_answer(received: bytes) -> RadminAnswer:
    """Read the answer. Raises: ParseError."""
    if received.startswith(_START) and len(received) > _VERSION_AT:
        if received[4] == _BLOCKED:
            return RadminAnswer(0)
        if received[4] == _ANSWER and received[_VERSION_AT] in _VERSIONS:
            return RadminAnswer(received[_VERSION_AT] + 1)
    msg = f"Radmin: got {received[:8].hex()}, expected an answer to the viewer's first message"
    raise ParseError(msg)
