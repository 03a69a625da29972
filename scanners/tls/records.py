"""Record layer of SSL 3.0 to TLS 1.3: records, handshake messages spread over or packed into them, alerts.

Source: RFC 6101 §5.2 (SSL 3.0), RFC 5246 §6.2 (TLS 1.2), RFC 8446 §5 (TLS 1.3), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from scanners.tls.cursor import Cursor
from sekisho.errors import ParseError

VERSION_CODES: Final = {"ssl3": 0x0300, "tls1.0": 0x0301, "tls1.1": 0x0302, "tls1.2": 0x0303, "tls1.3": 0x0304}
VERSION_NAMES: Final = {code: name for name, code in VERSION_CODES.items()}
_HEADER: Final = 5
_MAX_FRAGMENT: Final = 2**14
_MAX_BODY: Final = 2**14 + 2048  # RFC 5246 §6.2.3: a protected record may be this much longer
_MAX_MESSAGE: Final = 2**18  # our own limit: no certificate chain in use comes near it


class Content(IntEnum):
    """Content type of a record."""

    CHANGE_CIPHER_SPEC = 20
    ALERT = 21
    HANDSHAKE = 22
    APPLICATION_DATA = 23


class Handshake(IntEnum):
    """Type of a handshake message, as far as this scanner reads or writes it."""

    CLIENT_HELLO = 1
    SERVER_HELLO = 2
    NEW_SESSION_TICKET = 4
    ENCRYPTED_EXTENSIONS = 8
    CERTIFICATE = 11
    SERVER_KEY_EXCHANGE = 12
    CERTIFICATE_REQUEST = 13
    SERVER_HELLO_DONE = 14
    CERTIFICATE_VERIFY = 15
    FINISHED = 20
    CERTIFICATE_STATUS = 22
    MESSAGE_HASH = 254


_CONTENTS: Final = frozenset(int(content) for content in Content)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: content type, version field of its header, body; header: the five bytes in front."""

    content: Content
    version: int
    body: bytes
    header: bytes = b""


@dataclass(frozen=True, slots=True)
class Message:
    """One handshake message. raw: with its header, as it goes into transcript hashes."""

    kind: int
    body: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert in clear text."""

    level: int
    description: int

    @property
    def is_fatal(self) -> bool:
        """Tell whether the peer will go no further: level fatal, or close_notify."""
        return self.level == FATAL or self.description == CLOSE_NOTIFY

    @property
    def name(self) -> str:
        """Give the registered name, or the number where there is none."""
        return ALERT_NAMES.get(self.description, f"alert_{self.description}")


WARNING: Final = 1
FATAL: Final = 2
CLOSE_NOTIFY: Final = 0
NO_CERTIFICATE: Final = 41
ALERT_NAMES: Final = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
    30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
    43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
    47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
    60: "export_restriction", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
    86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
    110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name",
    113: "bad_certificate_status_response", 114: "bad_certificate_hash_value", 115: "unknown_psk_identity",
    116: "certificate_required", 117: "general_error", 120: "no_application_protocol", 121: "ech_required",
}  # fmt: skip
"""Source: IANA registry "TLS Alerts", as known 2026-11-21."""


def begins_like_tls(data: bytes) -> bool:
    """Tell whether bytes may be the beginning of a record; true for an empty beginning.

    Only handshake and alert can come first; major version 3; a body of 1 to 2^14 + 2048 bytes.
    """
    if data[:1] and data[0] not in {Content.ALERT, Content.HANDSHAKE}:
        return False
    if data[1:2] and data[1] != 3:  # noqa: PLR2004 - major version of SSL 3.0 to TLS 1.3
        return False
    return len(data) < _HEADER or 0 < int.from_bytes(data[3:_HEADER], "big") <= _MAX_BODY


def split_records(data: bytes) -> tuple[tuple[Record, ...], bytes]:
    """Cut bytes into whole records and the unfinished rest.

    Raises: ParseError where a header is none.
    """
    found: list[Record] = []
    at = 0
    while len(data) - at >= _HEADER:
        header = data[at : at + _HEADER]
        size = int.from_bytes(header[3:], "big")
        if header[1] != 3 or size > _MAX_BODY or header[0] not in _CONTENTS:  # noqa: PLR2004 - as above
            msg = f"record header: got {header.hex()}, expected type 20-23, version 3.x, length <= {_MAX_BODY}"
            raise ParseError(msg)
        if len(data) - at - _HEADER < size:
            break
        body = data[at + _HEADER : at + _HEADER + size]
        found.append(Record(Content(header[0]), int.from_bytes(header[1:3], "big"), body, header))
        at += _HEADER + size
    return tuple(found), data[at:]


def split_messages(data: bytes) -> tuple[tuple[Message, ...], bytes]:
    """Cut the joined bodies of handshake records into whole messages and the unfinished rest.

    Raises: ParseError for a length that no message has.
    """
    found: list[Message] = []
    at = 0
    while len(data) - at >= 4:  # noqa: PLR2004 - one byte of type, three of length
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        if size > _MAX_MESSAGE:
            msg = f"handshake message: got length {size}, expected at most {_MAX_MESSAGE}"
            raise ParseError(msg)
        if len(data) - at - 4 < size:
            break
        raw = data[at : at + 4 + size]
        found.append(Message(raw[0], raw[4:], raw))
        at += len(raw)
    return tuple(found), data[at:]


def clear_messages(records: Iterable[Record]) -> tuple[Message, ...]:
    """Give the handshake messages sent in clear; an unfinished last one is left out.

    Raises: ParseError as split_messages.
    """
    return split_messages(b"".join(r.body for r in records if r.content is Content.HANDSHAKE))[0]


def clear_alerts(records: Iterable[Record]) -> tuple[Alert, ...]:
    """Give the alerts sent in clear; a record of another size is encrypted and left out."""
    return tuple(parse_alert(r.body) for r in records if r.content is Content.ALERT and len(r.body) == 2)  # noqa: PLR2004


def parse_alert(body: bytes) -> Alert:
    """Read the two bytes of an alert. Raises: ParseError."""
    cursor = Cursor(body)
    alert = Alert(cursor.number(1, "alert level"), cursor.number(1, "alert description"))
    cursor.end("alert")
    return alert


def build_record(content: Content, version: int, body: bytes) -> bytes:
    """Put bytes into as many records as they need."""
    pieces = [body[at : at + _MAX_FRAGMENT] for at in range(0, len(body), _MAX_FRAGMENT)]
    return b"".join(
        bytes([content]) + version.to_bytes(2, "big") + len(piece).to_bytes(2, "big") + piece for piece in pieces
    )


def build_message(kind: int, body: bytes) -> bytes:
    """Put a handshake header in front of a body."""
    return bytes([kind]) + len(body).to_bytes(3, "big") + body
