"""The one answer of a Redis server to PING. Pure and total.

Source: Redis documentation, "Redis serialization protocol specification", "AUTH", "ACL" and "Security" (protected
mode), read 2026-11-21; before Redis 2.6 a missing log-in is told by "-ERR operation not permitted".
"""

from __future__ import annotations

from typing import Final

from sekisho.errors import ParseError
from sekisho.model.database_facts import RedisAnswer

REQUEST: Final = b"*1\r\n$4\r\nPING\r\n"
_SAID: Final = {
    b"+PONG\r\n": "pong",
    b"-NOAUTH ": "log_in",
    b"-ERR operation not permitted": "log_in",
    b"-NOPERM ": "no_permission",
    b"-DENIED Redis is running in protected mode": "denied",
}
"""How an answer begins → what it means."""


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come: one line, or it is no answer of this protocol."""
    return b"\n" in received or received[:1] not in {b"", b"+", b"-"}


def parse_answer(received: bytes) -> RedisAnswer:
    """Read the answer. Raises: ParseError."""
    said = next((meaning for start, meaning in _SAID.items() if received.startswith(start)), "")
    if not said:
        msg = f"Redis: got {received[:16]!r}, expected PONG or the reason why not"
        raise ParseError(msg)
    return RedisAnswer(said)
