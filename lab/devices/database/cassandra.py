"""What a Cassandra server answers to OPTIONS (native_protocol_v4.spec 4.1.3, 4.2.4)."""

from __future__ import annotations

import struct
from collections.abc import Callable

HEADER = struct.Struct(">BBhBI")
ERROR, OPTIONS, SUPPORTED = 0x00, 0x05, 0x06
PROTOCOL_ERROR = 0x000A
OLDEST, NEWEST = 3, 5
FROM_SERVER = 0x80


def answering(cql: str) -> Callable[[bytes], bytes | None]:
    """Give the application of a server with this version of CQL."""

    def answer(received: bytes) -> bytes | None:
        """Answer a whole OPTIONS; a version that isn't spoken gets an error, other requests as before a STARTUP."""
        if len(received) < HEADER.size:
            return None
        version, _, stream, opcode, length = HEADER.unpack_from(received)
        if not OLDEST <= version <= NEWEST:
            return _error(NEWEST, stream, f"Invalid or unsupported protocol version ({version})")
        if len(received) < HEADER.size + length:
            return None
        if opcode != OPTIONS:
            return _error(version, stream, "Unexpected message, expecting STARTUP or OPTIONS")
        told = {"CQL_VERSION": [cql], "COMPRESSION": ["snappy", "lz4"], "PROTOCOL_VERSIONS": ["3/v3", "4/v4", "5/v5"]}
        body = struct.pack(">H", len(told))
        for name, values in told.items():
            body += _text(name) + struct.pack(">H", len(values)) + b"".join(map(_text, values))
        return _frame(version, stream, SUPPORTED, body)

    return answer


def _text(text: str) -> bytes:
    """Build a [string]."""
    return struct.pack(">H", len(text.encode())) + text.encode()


def _error(version: int, stream: int, message: str) -> bytes:
    """Build a protocol error."""
    return _frame(version, stream, ERROR, struct.pack(">I", PROTOCOL_ERROR) + _text(message))


def _frame(version: int, stream: int, opcode: int, body: bytes) -> bytes:
    """Build a frame of the server."""
    return HEADER.pack(FROM_SERVER | version, 0, stream, opcode, len(body)) + body
