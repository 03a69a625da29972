"""What a server sends in a handshake, from bytes to typed values. Total: a value or ParseError, never anything else.

Source: RFC 6101 §5.6, RFC 5246 §7.4, RFC 8422 §5.4, RFC 8446 §4, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from scanners.tls.cursor import Cursor
from scanners.tls.der import name_text
from scanners.tls.groups import group_bits, group_name
from scanners.tls.hello import Extension, read_extensions
from scanners.tls.records import VERSION_NAMES
from scanners.tls.suites import suite_name
from sekisho.errors import ParseError

_RETRY_RANDOM: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""SHA-256 of "HelloRetryRequest": such a ServerHello is one (RFC 8446 §4.1.3)."""
_NAMED_CURVE: Final = 3


@dataclass(frozen=True, slots=True)
class ServerHello:
    """The server's choice. extensions: type → content."""

    legacy_version: int
    random: bytes
    session: bytes
    suite: int
    compression: int
    extensions: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def is_retry(self) -> bool:
        """Tell whether it is a HelloRetryRequest."""
        return self.random == _RETRY_RANDOM

    @property
    def version(self) -> str:
        """Name the version the server chose; "" for one we don't know."""
        chosen = self.extensions.get(Extension.SUPPORTED_VERSIONS, b"")
        code = int.from_bytes(chosen, "big") if len(chosen) == 2 else self.legacy_version  # noqa: PLR2004
        return VERSION_NAMES.get(code, "")

    def key_share(self) -> tuple[int, bytes]:
        """Give group and public half; the half is empty in a HelloRetryRequest. Raises: ParseError."""
        cursor = Cursor(self.extensions.get(Extension.KEY_SHARE, b""))
        group = cursor.number(2, "group of key share")
        return group, b"" if self.is_retry else cursor.vector(2, "key share")

    def cookie(self) -> bytes:
        """Give the cookie of a HelloRetryRequest, b"" if there is none. Raises: ParseError."""
        content = self.extensions.get(Extension.COOKIE)
        return b"" if content is None else Cursor(content).vector(2, "cookie")


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """The server's wish for a client certificate. context: of TLS 1.3, to be repeated in the answer."""

    authorities: tuple[str, ...]
    context: bytes = b""


@dataclass(frozen=True, slots=True)
class KeyExchange:
    """Group and size of the server's ephemeral key. kind: dhe | ecdhe | rsa_export; bits 0 where not read.

    code: the registered number of a named group, 0 for any other. signature: the algorithm that signs it, 0 if unknown.
    """

    kind: str
    group: str
    bits: int
    code: int = 0
    signature: int = 0


def parse_server_hello(body: bytes) -> ServerHello:
    """Read a ServerHello of any version; SSL 3.0 and old TLS end before the extensions."""
    cursor = Cursor(body)
    version = cursor.number(2, "server version")
    random = cursor.take(32, "server random")
    session = cursor.vector(1, "session id")
    suite = cursor.number(2, "cipher suite")
    compression = cursor.number(1, "compression method")
    extensions = read_extensions(cursor.vector(2, "extensions")) if cursor.left else {}
    cursor.end("server hello")
    if version >> 8 != 3 or len(session) > 32:  # noqa: PLR2004 - major version 3; RFC 5246 §7.4.1.3
        msg = f"server hello: got version {version:#06x}, session of {len(session)} bytes, expected 3.x, at most 32"
        raise ParseError(msg)
    return ServerHello(version, random, session, suite, compression, extensions)


def parse_certificates(body: bytes) -> tuple[bytes, ...]:
    """Read a Certificate message up to TLS 1.2: DER certificates, leaf first."""
    cursor = Cursor(body)
    chain = Cursor(cursor.vector(3, "certificate list"))
    cursor.end("certificate message")
    found: list[bytes] = []
    while chain.left:
        found.append(chain.vector(3, "certificate"))
    return tuple(found)


def parse_certificates_13(body: bytes) -> tuple[tuple[bytes, ...], frozenset[int]]:
    """Read a Certificate message of TLS 1.3: DER certificates, leaf first, and the extensions beside the leaf."""
    cursor = Cursor(body)
    cursor.vector(1, "certificate request context")
    chain = Cursor(cursor.vector(3, "certificate list"))
    cursor.end("certificate message")
    found, beside = list[bytes](), list[frozenset[int]]()
    while chain.left:
        found.append(chain.vector(3, "certificate"))
        beside.append(frozenset(read_extensions(chain.vector(2, "certificate extensions"))))
    return tuple(found), beside[0] if beside else frozenset()


def parse_certificate_request(body: bytes, version: str) -> CertificateRequest:
    """Read a CertificateRequest up to TLS 1.2; version decides whether signature algorithms stand in it."""
    cursor = Cursor(body)
    cursor.vector(1, "certificate types")
    if version == "tls1.2":
        cursor.vector(2, "signature algorithms")
    names = cursor.vector(2, "authorities") if cursor.left else b""
    cursor.end("certificate request")
    return CertificateRequest(_authorities(names))


def parse_certificate_request_13(body: bytes) -> CertificateRequest:
    """Read a CertificateRequest of TLS 1.3."""
    cursor = Cursor(body)
    context = cursor.vector(1, "certificate request context")
    extensions = read_extensions(cursor.vector(2, "extensions"))
    cursor.end("certificate request")
    content = extensions.get(Extension.CERTIFICATE_AUTHORITIES)
    names = b"" if content is None else Cursor(content).vector(2, "authorities")
    return CertificateRequest(_authorities(names), context)


def parse_key_exchange(body: bytes, suite: int) -> KeyExchange | None:
    """Read group or modulus size of a ServerKeyExchange; None for a suite whose exchange we don't read."""
    name, cursor = suite_name(suite), Cursor(body)
    if "PSK" in name or "SRP" in name:
        return None
    if name.startswith(("TLS_ECDHE_", "TLS_ECDH_anon_")):
        kind = cursor.number(1, "curve type")
        if kind != _NAMED_CURVE:
            return KeyExchange("ecdhe", "explicit", 0)
        group = cursor.number(2, "named curve")
        return KeyExchange("ecdhe", group_name(group), group_bits(group), group, _signature(cursor, 1))
    if name.startswith(("TLS_DHE_", "TLS_DH_anon_")):
        bits = int.from_bytes(cursor.vector(2, "dh_p"), "big").bit_length()
        return KeyExchange("dhe", f"dh{bits}", bits, signature=_signature(cursor, 2, 2))
    if "EXPORT" in name:
        bits = int.from_bytes(cursor.vector(2, "rsa_modulus"), "big").bit_length()
        return KeyExchange("rsa_export", f"rsa{bits}", bits)
    return None


def parse_signature_13(body: bytes) -> int:
    """Read the algorithm of a CertificateVerify."""
    return Cursor(body).number(2, "signature algorithm")


def _signature(cursor: Cursor, *widths: int) -> int:
    """Read the algorithm before the signature of a ServerKeyExchange of TLS 1.2 (RFC 5246 §7.4.3); 0 without one.

    Before TLS 1.2 the signature's length stands there: an algorithm is followed by exactly the length it states.
    Takes: widths, lengths of the parts of the key that stand before it.
    """
    try:
        for width in widths:
            cursor.vector(width, "part of the key")
        code, size = cursor.number(2, "signature algorithm"), cursor.number(2, "signature length")
    except ParseError:  # the group was read, and is what matters
        return 0
    return code if size == cursor.left else 0


def _authorities(data: bytes) -> tuple[str, ...]:
    """Read a list of distinguished names."""
    cursor, found = Cursor(data), list[str]()
    while cursor.left:
        found.append(name_text(cursor.vector(2, "distinguished name")))
    return tuple(found)
