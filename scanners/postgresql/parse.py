"""The one answer of a PostgreSQL server to a request for TLS. Pure and total.

Source: PostgreSQL 17 documentation, 53.2.11 (SSL session encryption) and 53.7 (SSLRequest, ErrorResponse), read
2026-11-21.
"""

from __future__ import annotations

from typing import Final

from sekisho.errors import ParseError
from sekisho.model.database_facts import PostgresqlAnswer

REQUEST: Final = bytes.fromhex(
    "00000008"  # length of the whole
    "04d2162f"  # SSLRequest: 80877103, a number that stands where a protocol version would
)
_OFFERED, _NOT_OFFERED, _ERROR = b"S", b"N", b"E"
_ERROR_HEAD: Final = 5  # the letter E and four bytes of length, which count themselves
_FIELDS: Final = (b"S", b"F")
"""Fields that begin an error: severity; before 7.4 (protocol 2) the text follows the letter at once."""


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come: one letter, or a whole error."""
    if not received.startswith(_ERROR):
        return bool(received)
    if len(received) < _ERROR_HEAD:
        return False
    return len(received) - 1 >= int.from_bytes(received[1:_ERROR_HEAD], "big")


def parse_answer(received: bytes) -> PostgresqlAnswer:
    """Read the answer. Raises: ParseError."""
    if received in {_OFFERED, _NOT_OFFERED}:
        return PostgresqlAnswer(received == _OFFERED)
    body = received[_ERROR_HEAD:]
    is_error = received.startswith(_ERROR) and int.from_bytes(received[1:_ERROR_HEAD], "big") == len(received) - 1
    if not (is_error and body.startswith(_FIELDS) and body.endswith(b"\0\0")):
        msg = f"PostgreSQL: got {received[:8].hex()} in {len(received)} bytes, expected S, N or an error message"
        raise ParseError(msg)
    return PostgresqlAnswer(None)
