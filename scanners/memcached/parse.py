"""The one answer of a memcached server to `version`. Pure and total.

Source: memcached, doc/protocol.txt ("version", "Error strings") and doc/authfile ("ASCII authentication": every command
before the log-in is answered by CLIENT_ERROR), read 2026-11-21.
"""

from __future__ import annotations

import re
from typing import Final

from sekisho.errors import ParseError
from sekisho.model.database_facts import MemcachedAnswer

REQUEST: Final = b"version\r\n"
_VERSION: Final = re.compile(rb"VERSION ([!-~]{1,40})\r\n")
_LOG_IN: Final = b"CLIENT_ERROR unauthenticated\r\n"
_STARTS: Final = (b"VERSION ", b"CLIENT_ERROR ")


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come: one line, or it is no answer of this protocol."""
    return b"\n" in received or not any(received[: len(start)] == start[: len(received)] for start in _STARTS)


def parse_answer(received: bytes) -> MemcachedAnswer:
    """Read the answer. Raises: ParseError."""
    if received == _LOG_IN:
        return MemcachedAnswer("")
    if (told := _VERSION.fullmatch(received)) is None:
        msg = f"memcached: got {received[:16]!r}, expected VERSION or the demand to log in"
        raise ParseError(msg)
    return MemcachedAnswer(told[1].decode("ascii"))
