"""What a MongoDB server answers to `isMaster` by OP_QUERY (MongoDB manual, "Wire Protocol" and "hello")."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

OP_REPLY, OP_QUERY = 1, 2004
HEADER = struct.Struct("<iiii")
LONGEST = 48_000_000


def answering(wire_version: int) -> Callable[[bytes], bytes | None]:
    """Give the application of a server that speaks up to this version of the protocol."""

    def answer(received: bytes) -> bytes | None:
        """Answer a whole OP_QUERY for isMaster or hello; close on anything else."""
        if len(received) < HEADER.size:
            return None
        length, number, _, operation = HEADER.unpack_from(received)
        if not HEADER.size <= length <= LONGEST or operation != OP_QUERY:
            return b""
        if len(received) < length:
            return None
        if b"\0admin.$cmd\0" not in received or b"ismaster\0" not in received.lower():
            return b""
        reply = struct.pack("<iqii", 8, 0, 0, 1) + _hello(wire_version)  # 8: AwaitCapable
        return HEADER.pack(HEADER.size + len(reply), 77, number, OP_REPLY) + reply

    return answer


def _hello(wire_version: int) -> bytes:
    """Build the document that a server without a replica set gives."""
    elements = (
        b"\x08ismaster\0\x01\x03topologyVersion\0"
        + _document(b"\x07processId\0" + bytes(12) + b"\x12counter\0" + bytes(8))
        + b"\x10maxBsonObjectSize\0" + struct.pack("<i", 16777216)
        + b"\x10maxMessageSizeBytes\0" + struct.pack("<i", 48000000)
        + b"\x09localTime\0" + struct.pack("<q", int(time.time() * 1000))
        + b"\x10maxWireVersion\0" + struct.pack("<i", wire_version)
        + b"\x10minWireVersion\0" + struct.pack("<i", 0)
        + b"\x08readOnly\0\0"
        + b"\x01ok\0" + struct.pack("<d", 1.0)
    )  # fmt: skip
    return _document(elements)


def _document(elements: bytes) -> bytes:
    """Put elements into a BSON document."""
    return struct.pack("<i", 4 + len(elements) + 1) + elements + b"\0"
