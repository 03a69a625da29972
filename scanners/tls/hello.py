"""ClientHello: built for one version at a time, and read back from what was sent.

Source: RFC 6101 §5.6.1.2 (SSL 3.0), RFC 5246 §7.4.1.2, RFC 8446 §4.1.2, RFC 6066 §3 (no IP literal as server name),
RFC 7685 (padding), read 2026-11-21.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address
from typing import Final

from scanners.tls.cursor import Cursor
from scanners.tls.groups import OLD_OFFER, TLS13_OFFER, KeyShare
from scanners.tls.records import VERSION_CODES, VERSION_NAMES, Content, Handshake, build_message, build_record
from sekisho.errors import ParseError

SECRET_BYTES: Final = 64
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?", re.ASCII)
_HANG_FROM: Final = 0x100
_HANG_BELOW: Final = 0x200
"""A handshake message of 256 to 511 bytes makes some load balancers hang (RFC 7685 §4)."""
_SIGNATURES: Final = (
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601,
    0x0303, 0x0301, 0x0402, 0x0203, 0x0201, 0x0202, 0x0101,
)  # fmt: skip
"""ECDSA, EdDSA, PSS, PKCS#1 with SHA-2, then SHA-224, DSA, SHA-1, MD5, so that a weak certificate is shown too."""


class Extension(IntEnum):
    """Extensions this scanner writes or reads (IANA registry "TLS ExtensionType Values")."""

    SERVER_NAME = 0
    SUPPORTED_GROUPS = 10
    EC_POINT_FORMATS = 11
    SIGNATURE_ALGORITHMS = 13
    ALPN = 16
    PADDING = 21
    SUPPORTED_VERSIONS = 43
    COOKIE = 44
    PSK_MODES = 45
    CERTIFICATE_AUTHORITIES = 47
    KEY_SHARE = 51


@dataclass(frozen=True, slots=True)
class Offer:
    """What one hello offers. version: the single one. sni: a host name or "". random: 32 bytes, session: 0 or 32.

    groups: instead of all that we know of this version.
    TLS 1.3 only: shares, our halves of key exchanges; second, whether it answers a HelloRetryRequest; its cookie.
    """

    version: str
    suites: Sequence[int]
    random: bytes
    session: bytes = b""
    sni: str = ""
    shares: tuple[KeyShare, ...] = ()
    second: bool = False
    cookie: bytes = b""
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SentHello:
    """What a recorded hello of ours offered."""

    version: str
    sni: str
    suites: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()


def is_host_name(name: str) -> bool:
    """Tell whether a name may stand as server name: labels of letters, digits, - and _, and no IP literal."""
    try:
        ip_address(name)
    except ValueError:
        return len(name) < 254 and _HOST_NAME.fullmatch(name) is not None  # noqa: PLR2004 - RFC 1035 §2.3.4
    return False


def build_hello(offer: Offer) -> bytes:
    """Build the ClientHello message, without record header."""
    body = (
        VERSION_CODES["tls1.2" if offer.version == "tls1.3" else offer.version].to_bytes(2, "big")
        + offer.random
        + _vector(1, offer.session)
        + _vector(2, _pairs(offer.suites))
        + b"\x01\x00"  # one compression method: none
    )
    if offer.version == "ssl3":  # knows no extensions
        return build_message(Handshake.CLIENT_HELLO, body)
    extensions = b"".join(_extension(kind, data) for kind, data in _extensions(offer))
    size = 4 + len(body) + 2 + len(extensions)
    if _HANG_FROM <= size < _HANG_BELOW:
        extensions += _extension(Extension.PADDING, bytes(max(_HANG_BELOW - size - 4, 0)))
    return build_message(Handshake.CLIENT_HELLO, body + _vector(2, extensions))


def in_record(offer: Offer, message: bytes) -> bytes:
    """Put a hello into its record.

    The header says 3.0 for SSL 3.0 and 3.1 else (RFC 8446 §5.1), 3.3 for the second hello of TLS 1.3.
    """
    version = {"ssl3": 0x0300}.get(offer.version, 0x0303 if offer.second else 0x0301)
    return build_record(Content.HANDSHAKE, version, message)


def read_sent_hello(body: bytes) -> SentHello:
    """Read our own ClientHello back from a transcript. Raises: ParseError."""
    cursor = Cursor(body)
    legacy = cursor.number(2, "client version")
    cursor.take(32, "random")
    cursor.vector(1, "session id")
    suites = _numbers(cursor.vector(2, "cipher suites"))
    cursor.vector(1, "compression methods")
    extensions = read_extensions(cursor.vector(2, "extensions")) if cursor.left else {}
    version, sni, groups = VERSION_NAMES.get(legacy, ""), "", tuple[int, ...]()
    if Extension.SUPPORTED_VERSIONS in extensions:
        versions = Cursor(extensions[Extension.SUPPORTED_VERSIONS]).vector(1, "supported versions")
        version = VERSION_NAMES.get(int.from_bytes(versions[:2], "big"), "")
    if Extension.SERVER_NAME in extensions:
        names = Cursor(Cursor(extensions[Extension.SERVER_NAME]).vector(2, "server names"))
        names.number(1, "name type")
        sni = names.vector(2, "host name").decode("latin-1")
    if Extension.SUPPORTED_GROUPS in extensions:
        groups = _numbers(Cursor(extensions[Extension.SUPPORTED_GROUPS]).vector(2, "supported groups"))
    if not version:
        msg = f"client hello: got version {legacy:#06x}, expected one of {sorted(VERSION_CODES)}"
        raise ParseError(msg)
    return SentHello(version, sni, suites, groups)


def read_extensions(data: bytes) -> dict[int, bytes]:
    """Read a list of extensions, type → content; of a repeated one the first. Raises: ParseError."""
    cursor, found = Cursor(data), dict[int, bytes]()
    while cursor.left:
        kind = cursor.number(2, "extension type")
        found.setdefault(kind, cursor.vector(2, "extension"))
    return found


def _extensions(offer: Offer) -> list[tuple[int, bytes]]:
    """Give the extensions of an offer in the order they are sent."""
    is_13 = offer.version == "tls1.3"
    found: list[tuple[int, bytes]] = []
    if offer.sni:
        host = b"\x00" + _vector(2, offer.sni.rstrip(".").encode("ascii"))  # name type 0: host_name
        found.append((Extension.SERVER_NAME, _vector(2, host)))
    groups = offer.groups or (TLS13_OFFER if is_13 else OLD_OFFER)
    found.append((Extension.SUPPORTED_GROUPS, _vector(2, _pairs(groups))))
    if not is_13:
        found.append((Extension.EC_POINT_FORMATS, _vector(1, b"\x00")))  # uncompressed
    if offer.version in {"tls1.2", "tls1.3"}:
        found.append((Extension.SIGNATURE_ALGORITHMS, _vector(2, _pairs(_SIGNATURES))))
    if is_13:
        shares = b"".join(_pairs([s.group]) + _vector(2, s.public) for s in offer.shares)
        found.append((Extension.SUPPORTED_VERSIONS, _vector(1, _pairs([VERSION_CODES["tls1.3"]]))))
        found.append((Extension.PSK_MODES, _vector(1, b"\x01")))  # psk_dhe_ke; some servers insist on the extension
        found.append((Extension.KEY_SHARE, _vector(2, shares)))
        if offer.cookie:
            found.append((Extension.COOKIE, _vector(2, offer.cookie)))
    return found


def _pairs(numbers: Sequence[int]) -> bytes:
    """Write numbers of two bytes each."""
    return b"".join(number.to_bytes(2, "big") for number in numbers)


def _numbers(data: bytes) -> tuple[int, ...]:
    """Read numbers of two bytes each; an odd byte at the end is left."""
    return tuple(int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data) - 1, 2))


def _vector(width: int, data: bytes) -> bytes:
    """Write a length of `width` bytes and the data."""
    return len(data).to_bytes(width, "big") + data


def _extension(kind: int, data: bytes) -> bytes:
    """Write one extension."""
    return _pairs([kind]) + _vector(2, data)
