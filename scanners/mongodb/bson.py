"""The plain values of a BSON document. Pure and total.

Source: bsonspec.org, version 1.1, read 2026-11-21.
"""

from __future__ import annotations

import struct
from typing import Final

from sekisho.errors import ParseError

Value = int | bool | float | str | None
_FIXED: Final = {
    0x01: 8,
    0x06: 0,
    0x07: 12,
    0x08: 1,
    0x09: 8,
    0x0A: 0,
    0x10: 4,
    0x11: 8,
    0x12: 8,
    0x13: 16,
    0x7F: 0,
    0xFF: 0,
}
"""Type → bytes, from double to decimal; 0x7F and 0xFF are the largest and the least key."""
_DOUBLE, _STRING, _BOOL, _INT32, _INT64, _BINARY = 0x01, 0x02, 0x08, 0x10, 0x12, 0x05
_COUNTING_THEMSELVES: Final = frozenset({0x03, 0x04})  # document, array
_MOST_ELEMENTS: Final = 200


def read_document(data: bytes) -> dict[str, Value]:
    """Read the top level of a document; nested ones, times and binaries stand as None. Raises: ParseError."""
    size = int.from_bytes(data[:4], "little")
    if size != len(data) or not data.endswith(b"\0"):
        msg = f"BSON: got {len(data)} bytes, expected {size} with a zero at the end"
        raise ParseError(msg)
    found: dict[str, Value] = {}
    at = 4
    while at < size - 1 and len(found) < _MOST_ELEMENTS:
        end = data.find(b"\0", at + 1)
        if end < 0:
            msg = "BSON: a name without an end"
            raise ParseError(msg)
        name = data[at + 1 : end].decode("utf-8", "replace")
        value, length = _value(data[at], data[end + 1 : size - 1])
        found[name] = value
        at = end + 1 + length
    return found


def _value(kind: int, rest: bytes) -> tuple[Value, int]:
    """Read one value; give it with its length. Raises: ParseError."""
    counted = int.from_bytes(rest[:4], "little")
    if kind in _COUNTING_THEMSELVES:
        length = counted
    elif kind == _STRING:
        length = 4 + counted
    elif kind == _BINARY:
        length = 5 + counted
    elif kind in _FIXED:
        length = _FIXED[kind]
    else:
        msg = f"BSON: got an element of type {kind:#04x}, which no server's greeting holds"
        raise ParseError(msg)
    raw = rest[:length]
    if len(raw) < length or (kind in _COUNTING_THEMSELVES and length < 5):  # noqa: PLR2004 - an empty document
        msg = f"BSON: got {len(raw)} bytes of a value of {length}"
        raise ParseError(msg)
    return _plain(kind, raw), length


def _plain(kind: int, raw: bytes) -> Value:
    """Give a whole value as Python has it."""
    if kind == _STRING:
        return raw[4:-1].decode("utf-8", "replace")
    if kind == _BOOL:
        return raw != b"\0"
    if kind in {_INT32, _INT64}:
        return int.from_bytes(raw, "little", signed=True)
    if kind == _DOUBLE:
        return float(struct.unpack("<d", raw)[0])
    return None
