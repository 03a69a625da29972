"""The part of BER that SNMP messages need (X.690; SNMP uses definite lengths only, RFC 3417, 8)."""

from __future__ import annotations

INTEGER, OCTET_STRING, NULL, OBJECT_IDENTIFIER, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
TIME_TICKS = 0x43  # RFC 2578, 7.1.8
LONG_FORM = 0x80
SEVEN_BITS = 0x7F

Oid = tuple[int, ...]


class BerError(ValueError):
    """Bytes that are no BER we know."""


def encode(tag: int, content: bytes) -> bytes:
    """Wrap `content` in tag and length."""
    size = len(content)
    if size < LONG_FORM:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, LONG_FORM | len(octets)]) + octets + content


def decode(data: bytes) -> tuple[int, bytes, bytes]:
    """Split off one element: (tag, content, rest)."""
    if len(data) < 2:  # noqa: PLR2004 - tag and length
        raise BerError("expected tag and length")
    tag, size, start = data[0], data[1], 2
    if size & LONG_FORM:
        start += size & SEVEN_BITS
        size = int.from_bytes(data[2:start], "big")
    if start + size > len(data):
        raise BerError("expected as many bytes as the length says")
    return tag, data[start : start + size], data[start + size :]


def decode_as(expected: int, data: bytes) -> tuple[bytes, bytes]:
    """Split off one element of a given tag: (content, rest)."""
    tag, content, rest = decode(data)
    if tag != expected:
        raise BerError("expected another tag")
    return content, rest


def encode_integer(value: int) -> bytes:
    """Encode a number."""
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def decode_integer(content: bytes) -> int:
    """Read a number."""
    return int.from_bytes(content, "big", signed=True)


def encode_oid(oid: Oid) -> bytes:
    """Encode an object identifier; the first two arcs share a byte (X.690, 8.19.4)."""
    content = bytearray()
    for arc in (oid[0] * 40 + oid[1], *oid[2:]):
        septets = [arc & SEVEN_BITS]
        while arc := arc >> 7:
            septets.append(arc & SEVEN_BITS | LONG_FORM)
        content += bytes(reversed(septets))
    return encode(OBJECT_IDENTIFIER, bytes(content))


def decode_oid(content: bytes) -> Oid:
    """Read an object identifier."""
    arcs, value = [], 0
    for octet in content:
        value = value << 7 | octet & SEVEN_BITS
        if not octet & LONG_FORM:
            arcs.append(value)
            value = 0
    if not arcs or content[-1] & LONG_FORM:
        raise BerError("expected a complete object identifier")
    first = min(arcs[0] // 40, 2)
    return (first, arcs[0] - 40 * first, *arcs[1:])
