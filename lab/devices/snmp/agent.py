"""Answers one SNMP v1 or v2c request from a small table (RFC 1157, RFC 3416); bytes in, bytes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.devices.snmp.ber import (
    INTEGER,
    NULL,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    BerError,
    Oid,
    decode,
    decode_as,
    decode_integer,
    decode_oid,
    encode,
    encode_integer,
    encode_oid,
)

VERSION_1, VERSION_2C = 0, 1
GET, GET_NEXT, RESPONSE = 0xA0, 0xA1, 0xA2
NO_SUCH_NAME = 2  # error-status of version 1
NO_SUCH_OBJECT, END_OF_MIB = 0x80, 0x82  # exceptions of version 2c


@dataclass(frozen=True, slots=True)
class Request:
    """A GET or GETNEXT."""

    version: int
    community: bytes
    operation: int
    request_id: bytes
    names: tuple[Oid, ...]


def parse(data: bytes) -> Request:
    """Read a request.

    Raises: BerError for anything else.
    """
    message, _ = decode_as(SEQUENCE, data)
    version, rest = decode_as(INTEGER, message)
    community, rest = decode_as(OCTET_STRING, rest)
    operation, pdu, _ = decode(rest)
    request_id, pdu = decode_as(INTEGER, pdu)
    _, pdu = decode_as(INTEGER, pdu)
    _, pdu = decode_as(INTEGER, pdu)
    bindings, _ = decode_as(SEQUENCE, pdu)
    names = []
    while bindings:
        binding, bindings = decode_as(SEQUENCE, bindings)
        names.append(decode_oid(decode_as(OBJECT_IDENTIFIER, binding)[0]))
    return Request(decode_integer(version), community, operation, request_id, tuple(names))


def answering(table: Mapping[Oid, bytes], communities: tuple[bytes, ...]) -> Callable[[bytes], bytes | None]:
    """Give the agent: datagram → answer, or None (wrong community, SET, or no SNMP at all: agents stay silent)."""

    def answer(data: bytes) -> bytes | None:
        try:
            request = parse(data)
        except BerError:
            return None
        is_known = request.version in (VERSION_1, VERSION_2C) and request.operation in (GET, GET_NEXT)
        return respond(request, table) if is_known and request.community in communities else None

    return answer


def respond(request: Request, table: Mapping[Oid, bytes]) -> bytes:
    """Build the response to a request that may be answered."""
    found = [_look_up(name, request.operation, table) for name in request.names]
    missing = next((index for index, (_, value) in enumerate(found, 1) if value is None), 0)
    if missing and request.version == VERSION_1:
        values = [(name, encode(NULL, b"")) for name in request.names]
        return message(request, NO_SUCH_NAME, missing, values)
    exception = encode(NO_SUCH_OBJECT if request.operation == GET else END_OF_MIB, b"")
    return message(request, 0, 0, [(name, value or exception) for name, value in found])


def _look_up(name: Oid, operation: int, table: Mapping[Oid, bytes]) -> tuple[Oid, bytes | None]:
    """Give the object asked for, or the one behind it."""
    if operation == GET:
        return name, table.get(name)
    following = min((entry for entry in table if entry > name), default=None)
    return (name, None) if following is None else (following, table[following])


def message(request: Request, status: int, index: int, values: list[tuple[Oid, bytes]]) -> bytes:
    """Encode a response: error status and index, and the variables with their encoded values."""
    bindings = b"".join(encode(SEQUENCE, encode_oid(name) + value) for name, value in values)
    pdu = (
        encode(INTEGER, request.request_id)
        + encode_integer(status)
        + encode_integer(index)
        + encode(SEQUENCE, bindings)
    )
    head = encode_integer(request.version) + encode(OCTET_STRING, request.community)
    return encode(SEQUENCE, head + encode(RESPONSE, pdu))
