"""ClientHello: built from an offer, and read back from what was sent.

Every extension that a server answers for free rides on it: stapling, SCTs, extended master secret, encrypt-then-MAC,
tickets, and one compression method besides none (never with TLS 1.3, which forbids it).
Source: RFC 6101 §5.6.1.2 (SSL 3.0), RFC 5246 §7.4.1.2, RFC 8446 §4.1.2, RFC 6066 §3 and §8 (no IP literal as server
name; stapling), RFC 7685 (padding), RFC 7301 (ALPN), RFC 7627, RFC 7366, RFC 5077, RFC 6962, read 2026-11-21.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address
from typing import Any, Final

from scanners.tls.asks import OLD, SIGNATURES, Ask, Ticket
from scanners.tls.cursor import Cursor
from scanners.tls.groups import KeyShare
from scanners.tls.records import VERSION_CODES, VERSION_NAMES, Content, Handshake, build_message, build_record
from scanners.tls.schedule import binder, hash_name
from sekisho.errors import ParseError

SECRET_BYTES: Final = 64
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?", re.ASCII)
_TICKET_AGE_MS: Final = 1000
"""Age we state; ours: servers hold it against their clock only for early data, which we never send."""
_HANG_FROM: Final = 0x100
_HANG_BELOW: Final = 0x200
"""A handshake message of 256 to 511 bytes makes some load balancers hang (RFC 7685 §4)."""


class Extension(IntEnum):
    """Extensions this scanner writes or reads (IANA registry "TLS ExtensionType Values")."""

    SERVER_NAME = 0
    STATUS_REQUEST = 5
    SUPPORTED_GROUPS = 10
    EC_POINT_FORMATS = 11
    SIGNATURE_ALGORITHMS = 13
    ALPN = 16
    SCT = 18
    PADDING = 21
    ENCRYPT_THEN_MAC = 22
    EXTENDED_MASTER_SECRET = 23
    SESSION_TICKET = 35
    PRE_SHARED_KEY = 41
    SUPPORTED_VERSIONS = 43
    COOKIE = 44
    PSK_MODES = 45
    CERTIFICATE_AUTHORITIES = 47
    SIGNATURE_ALGORITHMS_CERT = 50
    KEY_SHARE = 51
    RENEGOTIATION_INFO = 0xFF01


@dataclass(frozen=True, slots=True)
class Offer:
    """One hello to be written: what it asks, and what is random in it. random: 32 bytes, session: 0 or 32.

    TLS 1.3 only: shares, our halves of key exchanges; second, whether it answers a HelloRetryRequest; its cookie.
    """

    ask: Ask
    random: bytes
    session: bytes = b""
    shares: tuple[KeyShare, ...] = ()
    second: bool = False
    cookie: bytes = b""


@dataclass(frozen=True, slots=True)
class SentHello:
    """What a recorded hello of ours offered. versions: newest first, as in Ask; two equal ones are the same offer.

    resumes: with the ticket of a handshake before.
    """

    versions: tuple[str, ...] = ()
    sni: str = ""
    suites: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    signatures: tuple[int, ...] = ()
    alpn: tuple[str, ...] = ()
    shares: bool = False
    resumes: bool = False

    @property
    def newest(self) -> str:
        """Name the newest version offered."""
        return self.versions[0] if self.versions else ""

    def offers(self, version: str) -> bool:
        """Tell whether a version may be chosen; one too old for supported_versions may be by the field before it."""
        return version in self.versions or (version == "ssl3" and "tls1.0" in self.versions)


NOTHING_SENT: Final = SentHello()


def said(ask: Ask) -> SentHello:
    """Give what a hello of this offer reads back as."""
    newest = ask.versions[0]
    if newest == "ssl2":
        return SentHello(ask.versions)
    if newest == "ssl3":
        return SentHello(ask.versions, suites=ask.suites)
    signatures = ask.signatures if newest in {"tls1.2", "tls1.3"} else ()
    shares = ask.shares and newest == "tls1.3"
    sni, resumes = ask.sni.rstrip("."), ask.ticket is not None
    return SentHello(ask.versions, sni, ask.suites, ask.groups, signatures, ask.alpn, shares, resumes)


def is_host_name(name: str) -> bool:
    """Tell whether a name may stand as server name: labels of letters, digits, - and _, and no IP literal."""
    try:
        ip_address(name)
    except ValueError:
        return len(name) < 254 and _HOST_NAME.fullmatch(name) is not None  # noqa: PLR2004 - RFC 1035 §2.3.4
    return False


def server_names(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the names of a job under which clients reach its service, as far as they can stand in a hello."""
    return tuple(n for n in options.get("names", ()) if isinstance(n, str) and is_host_name(n))


def build_hello(offer: Offer) -> bytes:
    """Build the ClientHello message, without record header."""
    ask = offer.ask
    newest = ask.versions[0]
    body = (
        VERSION_CODES["tls1.2" if newest == "tls1.3" else newest].to_bytes(2, "big")
        + offer.random
        + _vector(1, offer.session)
        + _vector(2, _pairs(ask.suites))
        + (b"\x01\x00" if newest == "tls1.3" else b"\x02\x01\x00")  # compression: DEFLATE (RFC 3749), none
    )
    if newest == "ssl3":  # knows no extensions
        return build_message(Handshake.CLIENT_HELLO, body)
    extensions = b"".join(_extension(kind, data) for kind, data in _extensions(offer))
    size = 4 + len(body) + 2 + len(extensions)
    if _HANG_FROM <= size < _HANG_BELOW:
        extensions += _extension(Extension.PADDING, bytes(max(_HANG_BELOW - size - 4, 0)))
    if ask.ticket is not None:
        return _resuming(ask.ticket, body, extensions)
    return build_message(Handshake.CLIENT_HELLO, body + _vector(2, extensions))


def _resuming(ticket: Ticket, body: bytes, extensions: bytes) -> bytes:
    """Build a hello that ends with a ticket; its binder is a proof over everything before it (RFC 8446 §4.2.11)."""
    age = (ticket.age_add + _TICKET_AGE_MS) % 2**32
    identities = _vector(2, _vector(2, ticket.identity) + age.to_bytes(4, "big"))
    size = hashlib.new(hash_name(ticket.suite)).digest_size

    def whole(proof: bytes) -> bytes:
        offered = _extension(Extension.PRE_SHARED_KEY, identities + _vector(2, _vector(1, proof)))
        return build_message(Handshake.CLIENT_HELLO, body + _vector(2, extensions + offered))

    before = whole(bytes(size))[: -(2 + 1 + size)]  # without the list of binders
    return whole(binder(ticket.suite, ticket.key, before))


def in_record(offer: Offer, message: bytes) -> bytes:
    """Put a hello into its record.

    The header says 3.0 for SSL 3.0 and 3.1 else (RFC 8446 §5.1), 3.3 for the second hello of TLS 1.3.
    """
    version = {"ssl3": 0x0300}.get(offer.ask.versions[0], 0x0303 if offer.second else 0x0301)
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
    versions = OLD[OLD.index(VERSION_NAMES[legacy]) :] if VERSION_NAMES.get(legacy) in OLD else ()
    if Extension.SUPPORTED_VERSIONS in extensions:
        codes = _numbers(Cursor(extensions[Extension.SUPPORTED_VERSIONS]).vector(1, "supported versions"))
        versions = tuple(VERSION_NAMES[code] for code in codes if code in VERSION_NAMES)
    if not versions:
        msg = f"client hello: got version {legacy:#06x}, expected one of {sorted(VERSION_CODES)}"
        raise ParseError(msg)
    return SentHello(
        versions,
        _host_name(extensions),
        suites,
        _list_of(extensions, Extension.SUPPORTED_GROUPS),
        _list_of(extensions, Extension.SIGNATURE_ALGORITHMS),
        protocol_names(extensions.get(Extension.ALPN, b"\0\0")),
        len(extensions.get(Extension.KEY_SHARE, b"")) > 2,  # noqa: PLR2004 - more than the length of an empty list
        Extension.PRE_SHARED_KEY in extensions,
    )


def protocol_names(content: bytes) -> tuple[str, ...]:
    """Read the names in an ALPN extension. Raises: ParseError."""
    names, found = Cursor(Cursor(content).vector(2, "protocol names")), list[str]()
    while names.left:
        found.append(names.vector(1, "protocol name").decode("latin-1"))
    return tuple(found)


def read_extensions(data: bytes) -> dict[int, bytes]:
    """Read a list of extensions, type → content; of a repeated one the first. Raises: ParseError."""
    cursor, found = Cursor(data), dict[int, bytes]()
    while cursor.left:
        kind = cursor.number(2, "extension type")
        found.setdefault(kind, cursor.vector(2, "extension"))
    return found


def _host_name(extensions: Mapping[int, bytes]) -> str:
    """Read the server name, "" if there is none. Raises: ParseError."""
    if Extension.SERVER_NAME not in extensions:
        return ""
    names = Cursor(Cursor(extensions[Extension.SERVER_NAME]).vector(2, "server names"))
    names.number(1, "name type")
    return names.vector(2, "host name").decode("latin-1")


def _list_of(extensions: Mapping[int, bytes], kind: Extension) -> tuple[int, ...]:
    """Read an extension that is a list of two-byte numbers, () if there is none. Raises: ParseError."""
    return _numbers(Cursor(extensions[kind]).vector(2, kind.name)) if kind in extensions else ()


def _extensions(offer: Offer) -> list[tuple[int, bytes]]:
    """Give the extensions of an offer in the order they are sent."""
    ask = offer.ask
    is_13, is_old = "tls1.3" in ask.versions, ask.versions != ("tls1.3",)
    found: list[tuple[int, bytes]] = []
    if ask.sni:
        host = b"\x00" + _vector(2, ask.sni.rstrip(".").encode("ascii"))  # name type 0: host_name
        found.append((Extension.SERVER_NAME, _vector(2, host)))
    if ask.groups:
        found.append((Extension.SUPPORTED_GROUPS, _vector(2, _pairs(ask.groups))))
    if is_old:
        found.append((Extension.EC_POINT_FORMATS, _vector(1, b"\x00")))  # uncompressed
        found += [(Extension.ENCRYPT_THEN_MAC, b""), (Extension.EXTENDED_MASTER_SECRET, b"")]
        found.append((Extension.SESSION_TICKET, b""))
    if ask.versions[0] in {"tls1.2", "tls1.3"}:
        found.append((Extension.SIGNATURE_ALGORITHMS, _vector(2, _pairs(ask.signatures))))
        if ask.signatures != SIGNATURES:  # it is the handshake's signature that is asked about (RFC 8446 §4.2.3)
            found.append((Extension.SIGNATURE_ALGORITHMS_CERT, _vector(2, _pairs(SIGNATURES))))
    found.append((Extension.STATUS_REQUEST, b"\x01\0\0\0\0"))  # OCSP, no responders, no extensions
    found.append((Extension.SCT, b""))
    if ask.alpn:
        names = b"".join(_vector(1, name.encode("ascii")) for name in ask.alpn)
        found.append((Extension.ALPN, _vector(2, names)))
    if is_13:
        shares = b"".join(_pairs([s.group]) + _vector(2, s.public) for s in offer.shares)
        versions = [VERSION_CODES[v] for v in ask.versions]
        found.append((Extension.SUPPORTED_VERSIONS, _vector(1, _pairs(versions))))
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
