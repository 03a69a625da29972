"""The one answer of a MongoDB server to the greeting of its clients. Pure and total.

Source: MongoDB manual, "Wire Protocol" (OP_QUERY, OP_REPLY) and "hello": OP_QUERY is gone since 5.1 except for this
command, so that it is understood by every version; read 2026-11-21.
"""

from __future__ import annotations

import struct
from typing import Final

from scanners.mongodb.bson import read_document
from sekisho.errors import ParseError
from sekisho.model.database_facts import MongodbHello

_OP_REPLY, _OP_QUERY = 1, 2004
_HEADER: Final = struct.Struct("<iiii")  # length of the whole, request id, answers to, operation
_REPLY: Final = struct.Struct("<iqii")  # flags, cursor, first, number of documents
_BODY: Final = _HEADER.size + _REPLY.size
_MOST_LENGTH: Final = 8192
_LONGEST_NAME: Final = 200


def _request() -> bytes:
    """Build the question: `isMaster: 1` of the database admin, as every client asks when it connects."""
    document = b"\x10isMaster\0" + struct.pack("<i", 1) + b"\0"
    document = struct.pack("<i", 4 + len(document)) + document
    query = struct.pack("<i", 0) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1) + document  # flags, none skipped, one
    return _HEADER.pack(_HEADER.size + len(query), 1, 0, _OP_QUERY) + query


REQUEST: Final = _request()


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come."""
    if len(received) < _HEADER.size:
        return False
    length, _, _, operation = _HEADER.unpack_from(received)
    return operation != _OP_REPLY or not _BODY <= length <= _MOST_LENGTH or len(received) >= length


def parse_answer(received: bytes) -> MongodbHello:
    """Read the answer. Raises: ParseError."""
    length, _, answers, operation = _HEADER.unpack(received[: _HEADER.size].ljust(_HEADER.size, b"\0"))
    if (operation, answers, length) != (_OP_REPLY, 1, len(received)) or len(received) < _BODY:
        msg = f"MongoDB: got {received[:16].hex()} in {len(received)} bytes, expected an OP_REPLY to our question"
        raise ParseError(msg)
    told = read_document(received[_BODY:])
    version, name = told.get("maxWireVersion"), told.get("setName")
    if told.get("ok") != 1 or not isinstance(version, int):
        msg = f"MongoDB: got {sorted(told)[:20]}, expected ok and maxWireVersion"
        raise ParseError(msg)
    is_primary = told.get("ismaster") is True or told.get("isWritablePrimary") is True
    return MongodbHello(version, is_primary, name[:_LONGEST_NAME] if isinstance(name, str) else "")
