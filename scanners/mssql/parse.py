"""The one answer of an SQL Server to PRELOGIN. Pure and total.

Source: MS-TDS, revision 38, 2.2.3 (packet header), 2.2.6.5 (PRELOGIN), read 2026-11-21.
"""

from __future__ import annotations

import struct
from typing import Final

from sekisho.errors import ParseError
from sekisho.model.database_facts import MssqlPrelogin

_HEADER: Final = struct.Struct(">BBHHBB")  # type, status, length of the whole, process, number, window
_PRELOGIN, _RESPONSE, _LAST = 0x12, 0x04, 0x01
_VERSION, _ENCRYPTION, _END = 0x00, 0x01, 0xFF
_ENCRYPTIONS: Final = {0: "off", 1: "on", 2: "not_supported", 3: "on"}
"""2.2.6.5: ENCRYPT_OFF, _ON, _NOT_SUP, _REQ; a server says 3 to a client that offered none."""
_VERSION_BYTES: Final = 6
_OPTION: Final = struct.Struct(">BHH")  # token, place behind the header, length


def _request() -> bytes:
    """Build the question: a version of nobody's client, and encryption of the log-in alone (ENCRYPT_OFF)."""
    first = 2 * _OPTION.size + 1
    options = _OPTION.pack(_VERSION, first, _VERSION_BYTES) + _OPTION.pack(_ENCRYPTION, first + _VERSION_BYTES, 1)
    body = options + bytes([_END]) + bytes(_VERSION_BYTES) + b"\0"
    return _HEADER.pack(_PRELOGIN, _LAST, _HEADER.size + len(body), 0, 1, 0) + body


REQUEST: Final = _request()


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come."""
    if not received.startswith(bytes([_RESPONSE])[: len(received)]):
        return True
    if len(received) < _HEADER.size:
        return False
    length: int = _HEADER.unpack_from(received)[2]
    return length < _HEADER.size or len(received) >= length


def parse_answer(received: bytes) -> MssqlPrelogin:
    """Read the answer. Raises: ParseError."""
    kind, _, length, *_ = _HEADER.unpack(received[: _HEADER.size].ljust(_HEADER.size, b"\0"))
    if kind != _RESPONSE or length != len(received):
        msg = f"SQL Server: got {received[:8].hex()} in {len(received)} bytes, expected an answer to PRELOGIN"
        raise ParseError(msg)
    options = _options(received[_HEADER.size :])
    version, encryption = options.get(_VERSION, b""), options.get(_ENCRYPTION, b"")
    if len(version) != _VERSION_BYTES or encryption[:1] not in {bytes([n]) for n in _ENCRYPTIONS}:
        msg = f"SQL Server: got options {sorted(options)}, expected version and encryption"
        raise ParseError(msg)
    major, minor, build = struct.unpack(">BBH", version[:4])
    return MssqlPrelogin(f"{major}.{minor}.{build}", _ENCRYPTIONS[encryption[0]])


def _options(body: bytes) -> dict[int, bytes]:
    """Give the options of a PRELOGIN by their token, as far as they are whole."""
    found: dict[int, bytes] = {}
    for at in range(0, len(body) - _OPTION.size, _OPTION.size):
        token, place, length = _OPTION.unpack_from(body, at)
        if token == _END:
            break
        found.setdefault(token, body[place : place + length])
    return found
