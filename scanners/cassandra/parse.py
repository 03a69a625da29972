"""The one answer of a Cassandra server to OPTIONS. Pure and total.

Source: Apache Cassandra, native_protocol_v4.spec 2 (frame), 4.1.3 (OPTIONS), 4.2.4 (SUPPORTED), 9 (a version that the
server doesn't speak is answered by an ERROR in its own), read 2026-11-21.
"""

from __future__ import annotations

import struct
from typing import Final

from sekisho.errors import ParseError
from sekisho.model.database_facts import CassandraOptions

_HEADER: Final = struct.Struct(">BBhBI")  # version, flags, stream, opcode, length of the body
_RESPONSE: Final = 0x80  # first bit of the version: from the server
_ERROR, _OPTIONS, _SUPPORTED = 0x00, 0x05, 0x06
_ASKED: Final = 4  # spoken since Cassandra 2.2
_PROTOCOL_ERROR: Final = 0x000A
_NEWEST: Final = 6
_MOST_BODY: Final = 8000
_MOST_ENTRIES: Final = 50
_LONGEST: Final = 40

REQUEST: Final = _HEADER.pack(_ASKED, 0, 0, _OPTIONS, 0)


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come."""
    if received and not received[0] & _RESPONSE:
        return True
    if len(received) < _HEADER.size:
        return False
    length: int = _HEADER.unpack_from(received)[4]
    return length > _MOST_BODY or len(received) >= _HEADER.size + length


def parse_answer(received: bytes) -> CassandraOptions:
    """Read the answer. Raises: ParseError."""
    version, _, _, opcode, length = _HEADER.unpack(received[: _HEADER.size].ljust(_HEADER.size, b"\0"))
    spoken, body = version & ~_RESPONSE, received[_HEADER.size :]
    if version & _RESPONSE and spoken <= _NEWEST and length == len(body):
        if opcode == _SUPPORTED:
            return CassandraOptions(spoken, _multimap(body).get("CQL_VERSION", ()))
        # the message of a protocol error names the versions, in words that change from release to release
        if opcode == _ERROR and body[:4] == struct.pack(">I", _PROTOCOL_ERROR) and b"protocol version" in body:
            return CassandraOptions(spoken, ())
    msg = f"Cassandra: got {received[:9].hex()} in {len(received)} bytes, expected SUPPORTED or a protocol error"
    raise ParseError(msg)


def _multimap(body: bytes) -> dict[str, tuple[str, ...]]:
    """Read a [string multimap]. Raises: ParseError when it breaks off."""
    count, at = _short(body, 0)
    found: dict[str, tuple[str, ...]] = {}
    for _ in range(min(count, _MOST_ENTRIES)):
        name, at = _string(body, at)
        number, at = _short(body, at)
        values: list[str] = []
        for _ in range(min(number, _MOST_ENTRIES)):
            value, at = _string(body, at)
            values.append(value[:_LONGEST])
        found[name] = tuple(values)
    return found


def _short(body: bytes, at: int) -> tuple[int, int]:
    """Read a [short]; give it with the place behind it. Raises: ParseError."""
    if at + 2 > len(body):
        msg = f"Cassandra: got {len(body)} bytes of options, which break off"
        raise ParseError(msg)
    return int.from_bytes(body[at : at + 2], "big"), at + 2


def _string(body: bytes, at: int) -> tuple[str, int]:
    """Read a [string]; give it with the place behind it. Raises: ParseError."""
    length, at = _short(body, at)
    if at + length > len(body):
        msg = f"Cassandra: got {len(body) - at} bytes of a text of {length}"
        raise ParseError(msg)
    text = body[at : at + length].decode("utf-8", "replace")
    return "".join(c for c in text if c.isprintable()), at + length
