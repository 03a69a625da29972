"""The first messages of RFB: the server's version, and the security types it then offers. Pure and total.

Source: RFC 6143 §7.1.1 (ProtocolVersion) and §7.1.2 (Security), read 2026-11-21; 3.3 as in appendix A there.
"""

from __future__ import annotations

import re
from typing import Final

from scanners.greeting.text import printable
from sekisho.errors import ParseError
from sekisho.model.service_facts import VncSecurity

VERSION_BYTES: Final = 12
_VERSION: Final = re.compile(rb"RFB (\d{3})\.(\d{3})\n")
_OLDEST, _LISTS, _NEWEST = (3, 3), (3, 7), (3, 8)
"""3.3: the server decides alone; from 3.7 on it lists; 3.8 is the newest that is published."""
_NUMBER_BYTES: Final = 4
_MOST_REASON: Final = 200


def build_version(greeting: bytes) -> bytes:
    """Give our version in answer to a server's: the newest that both know, b"" where there is none to give."""
    theirs = _version(greeting)
    return b"RFB %03d.%03d\n" % _common(theirs) if theirs >= _OLDEST else b""


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more is to come: version and security types, or something that is no RFB."""
    if len(received) < VERSION_BYTES:
        return not b"RFB 000.000\n".startswith(received[:4])
    theirs, rest = _version(received), received[VERSION_BYTES:]
    if theirs < _OLDEST:
        return True
    if _common(theirs) < _LISTS:
        return len(rest) >= _NUMBER_BYTES
    if not rest or rest[0]:
        return bool(rest) and len(rest) > rest[0]
    return len(rest) > _NUMBER_BYTES and len(rest) >= 1 + _NUMBER_BYTES + int.from_bytes(rest[1:5], "big")


def parse_security(received: bytes) -> VncSecurity:
    """Read what the server said. Raises: ParseError, with the server's reason where it gave one."""
    theirs, rest = _version(received), received[VERSION_BYTES:]
    if theirs < _OLDEST or not is_whole(received):
        msg = f"VNC: got {received[:16].hex()} in {len(received)} bytes, expected a version and security types"
        raise ParseError(msg)
    is_list = _common(theirs) >= _LISTS
    types = tuple(rest[1 : 1 + rest[0]]) if is_list else (int.from_bytes(rest[:_NUMBER_BYTES], "big"),)
    if not any(types):
        msg = f"VNC: the server declines: {printable(rest[1 + _NUMBER_BYTES :], longest=_MOST_REASON)!r}"
        raise ParseError(msg)
    return VncSecurity(f"{theirs[0]}.{theirs[1]}", types)


def _version(received: bytes) -> tuple[int, int]:
    """Give the server's version, (0, 0) where it names none."""
    match = _VERSION.match(received)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _common(theirs: tuple[int, int]) -> tuple[int, int]:
    """Give the newest published version that a server knows (RFC 6143 §7.1.1: unknown ones count as 3.3)."""
    return _NEWEST if theirs >= _NEWEST else _LISTS if theirs == _LISTS else _OLDEST
