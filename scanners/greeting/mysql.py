"""The first packet of a MySQL or MariaDB server: a handshake, or an error to those who may not come. Pure and total.

Source: MySQL "Protocol::Handshake" (versions 9 and 10), "ERR_Packet" and "Capabilities Flags", read 2026-11-21.
"""

from __future__ import annotations

import re
from typing import Final

from scanners.greeting.text import printable
from sekisho.model.database_facts import MysqlHandshake

_MOST_PACKET: Final = 1024
_HEAD: Final = 4  # 3 bytes of length (little endian), 1 of sequence number
_SHORTEST: Final = 8  # that can hold a version
_PROTOCOLS: Final = (9, 10)
_ERROR: Final = 0xFF
_SSL, _PLUGIN_AUTH = 0x0000_0800, 0x0008_0000
_CAPABILITIES_AT: Final = 4 + 8 + 1  # after thread id, first part of the scramble and a filler
_UPPER_AT: Final = _CAPABILITIES_AT + 2 + 1 + 2  # after the lower half, character set and status
_LENGTH_AT: Final = _UPPER_AT + 2
_RESERVED: Final = 10
_SECOND_SCRAMBLE: Final = 13


def mysql_version(raw: bytes) -> bytes | None:
    """Give the version text of a handshake, or the text of an error; None for anything else."""
    payload = _payload(raw)
    if payload is None:
        return None
    if payload[0] in _PROTOCOLS and b"\0" in payload:
        version = payload[1 : payload.index(b"\0")]
        return version if re.match(rb"\d+\.\d+", version) else None
    is_error = payload[0] == _ERROR and re.search(rb"mysql|mariadb", payload, re.IGNORECASE) is not None
    return payload[3:] if is_error else None


def mysql_handshake(raw: bytes) -> MysqlHandshake | None:
    """Give what a whole handshake of protocol 10 says; None for anything else."""
    payload, version = _payload(raw), mysql_version(raw)
    if payload is None or version is None or payload[0] != _PROTOCOLS[-1] or not is_whole(raw):
        return None
    rest = payload[len(version) + 2 :]
    if len(rest) < _CAPABILITIES_AT + 2:
        return None
    capabilities = int.from_bytes(rest[_CAPABILITIES_AT : _CAPABILITIES_AT + 2], "little")
    capabilities |= int.from_bytes(rest[_UPPER_AT : _UPPER_AT + 2], "little") << 16
    plugin = b""
    if capabilities & _PLUGIN_AUTH and len(rest) > _LENGTH_AT:
        after = _LENGTH_AT + 1 + _RESERVED + max(_SECOND_SCRAMBLE, rest[_LENGTH_AT] - 8)
        plugin = rest[after:].split(b"\0", 1)[0]
    return MysqlHandshake(printable(version), bool(capabilities & _SSL), printable(plugin))


def is_whole(raw: bytes) -> bool:
    """Tell whether the first packet came to its end."""
    return len(raw) >= packet_size(raw)


def packet_size(raw: bytes) -> int:
    """Give the size of the first packet, its head included."""
    return _HEAD + int.from_bytes(raw[:3], "little")


def _payload(raw: bytes) -> bytes | None:
    """Give the payload of the first packet, as far as it came; None if this is no such packet."""
    size = packet_size(raw)
    if len(raw) < _SHORTEST or raw[3] != 0 or not _SHORTEST < size < _MOST_PACKET:
        return None
    return raw[_HEAD:size]
