"""The little of BER that LDAP and SNMP version 3 need: tags of one byte, definite lengths. Pure and total.

Source: RFC 4511 §5.1 (LDAP uses a subset of BER), RFC 3417 §8 (so does SNMP), ITU-T X.690 §8.1, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sekisho.errors import ParseError

SEQUENCE, INTEGER, OCTETS, ENUMERATED, BOOLEAN = 0x30, 0x02, 0x04, 0x0A, 0x01
_LONG_FORM: Final = 0x80
_MOST_LENGTH_BYTES: Final = 4
_SHORT: Final = 0x7F


def encode(tag: int, *contents: bytes) -> bytes:
    """Give one element; contents of less than 64 KiB."""
    content = b"".join(contents)
    size = len(content)
    length = bytes([size]) if size <= _SHORT else bytes([_LONG_FORM | 2]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def element(data: bytes) -> tuple[int, bytes, int] | None:
    """Give tag, content and size of the first element; None while it is not complete. Raises: ParseError."""
    if len(data) < 2:  # noqa: PLR2004 - tag and length
        return None
    length, at = data[1], 2
    if length & _LONG_FORM:
        count = length & ~_LONG_FORM
        if not 1 <= count <= _MOST_LENGTH_BYTES:
            msg = f"BER: got a length of {count} bytes, expected 1 to {_MOST_LENGTH_BYTES}"
            raise ParseError(msg)
        at += count
        if len(data) < at:
            return None
        length = int.from_bytes(data[2:at], "big")
    return (data[0], data[at : at + length], at + length) if len(data) >= at + length else None


def elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give tag and content of each element. Raises: ParseError, also for one that is cut off."""
    while data:
        found = element(data)
        if found is None:
            msg = f"BER: got {len(data)} bytes that end in the middle of an element"
            raise ParseError(msg)
        tag, content, size = found
        yield tag, content
        data = data[size:]
