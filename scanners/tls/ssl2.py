"""SSL 2.0, as far as seeing that a server still speaks it: one hello, and the server's answer.

Source: The SSL Protocol (Hickman, Netscape, 1995-02-09), chapters 1.2 and 2.5; RFC 6176 (forbids it), read 2026-11-21.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scanners.tls.cursor import Cursor
from sekisho.errors import ParseError

_VERSION: Final = 0x0002
_CLIENT_HELLO, _SERVER_HELLO = 1, 4
_X509: Final = 1
SUITE_NAMES: Final = {
    0x010080: "SSL_CK_RC4_128_WITH_MD5",
    0x020080: "SSL_CK_RC4_128_EXPORT40_WITH_MD5",
    0x030080: "SSL_CK_RC2_128_CBC_WITH_MD5",
    0x040080: "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5",
    0x050080: "SSL_CK_IDEA_128_CBC_WITH_MD5",
    0x060040: "SSL_CK_DES_64_CBC_WITH_MD5",
    0x0700C0: "SSL_CK_DES_192_EDE3_CBC_WITH_MD5",
}


@dataclass(frozen=True, slots=True)
class Ssl2Hello:
    """The server's hello. suites: what it shares with our offer, named; certificate: DER, b"" if none came."""

    suites: tuple[str, ...]
    certificate: bytes


def build_ssl2_hello(challenge: bytes) -> bytes:
    """Build the CLIENT-HELLO with its two-byte record header; challenge: 16 bytes."""
    suites = b"".join(code.to_bytes(3, "big") for code in SUITE_NAMES)
    body = (
        bytes([_CLIENT_HELLO])
        + _VERSION.to_bytes(2, "big")
        + len(suites).to_bytes(2, "big")
        + b"\x00\x00"  # length of session id
        + len(challenge).to_bytes(2, "big")
        + suites
        + challenge
    )
    return (0x8000 | len(body)).to_bytes(2, "big") + body


def is_ssl2_hello(sent: bytes) -> bool:
    """Tell whether what we sent was the hello of SSL 2.0."""
    return len(sent) > 4 and sent[0] & 0x80 != 0 and sent[2] == _CLIENT_HELLO and sent[3:5] == b"\x00\x02"  # noqa: PLR2004


def parse_ssl2_hello(data: bytes) -> Ssl2Hello:
    """Read the SERVER-HELLO at the beginning of bytes. Raises: ParseError, also while it is incomplete."""
    header = Cursor(data)
    size = header.number(2, "record header")
    if not size & 0x8000:
        msg = f"record header of SSL 2.0: got {size:#06x}, expected the high bit set"
        raise ParseError(msg)
    body = Cursor(header.take(size & 0x7FFF, "record"))
    kind, _hit, form = (body.number(1, what) for what in ("message type", "session hit", "certificate type"))
    version = body.number(2, "server version")
    if kind != _SERVER_HELLO or version != _VERSION:
        msg = f"server hello of SSL 2.0: got type {kind}, version {version:#06x}, expected 4 and 0x0002"
        raise ParseError(msg)
    certificate_size, suites_size = body.number(2, "certificate length"), body.number(2, "cipher length")
    body.number(2, "connection id length")
    certificate = body.take(certificate_size, "certificate")
    suites = body.take(suites_size, "cipher specs")
    codes = (int.from_bytes(suites[at : at + 3], "big") for at in range(0, len(suites) - 2, 3))
    names = tuple(SUITE_NAMES.get(code, f"0x{code:06X}") for code in codes)
    return Ssl2Hello(names, certificate if form == _X509 else b"")
