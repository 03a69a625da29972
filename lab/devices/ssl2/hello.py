"""The two hellos of SSL 2.0; bytes in, bytes out.

Source: The SSL Protocol (Hickman, Netscape, 1995-02-09), chapters 1.2, 2.5 and 2.6.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

SuiteName = Literal[
    "SSL_CK_RC4_128_WITH_MD5",
    "SSL_CK_RC4_128_EXPORT40_WITH_MD5",
    "SSL_CK_RC2_128_CBC_WITH_MD5",
    "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5",
    "SSL_CK_IDEA_128_CBC_WITH_MD5",
    "SSL_CK_DES_64_CBC_WITH_MD5",
    "SSL_CK_DES_192_EDE3_CBC_WITH_MD5",
]
SUITES: Mapping[SuiteName, bytes] = MappingProxyType(
    {
        "SSL_CK_RC4_128_WITH_MD5": b"\x01\x00\x80",
        "SSL_CK_RC4_128_EXPORT40_WITH_MD5": b"\x02\x00\x80",
        "SSL_CK_RC2_128_CBC_WITH_MD5": b"\x03\x00\x80",
        "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5": b"\x04\x00\x80",
        "SSL_CK_IDEA_128_CBC_WITH_MD5": b"\x05\x00\x80",
        "SSL_CK_DES_64_CBC_WITH_MD5": b"\x06\x00\x40",
        "SSL_CK_DES_192_EDE3_CBC_WITH_MD5": b"\x07\x00\xc0",
    }
)
CLIENT_HELLO, SERVER_HELLO = 1, 4
VERSION = 0x0002
X509 = 1
FIXED_BYTES = 9
"""Of a CLIENT-HELLO: type, version and three lengths."""
CONNECTION_ID_BYTES = 16


class HelloError(ValueError):
    """Bytes that are no CLIENT-HELLO of SSL 2.0."""


def parse_client_hello(body: bytes) -> frozenset[bytes]:
    """Give the cipher specs of a CLIENT-HELLO without its record header.

    Raises: HelloError for anything else, the SSL 2.0 form of a TLS hello included.
    """
    if len(body) < FIXED_BYTES or body[0] != CLIENT_HELLO or int.from_bytes(body[1:3], "big") != VERSION:
        raise HelloError("expected a client hello of version 2")
    specs_size, session_size, challenge_size = (int.from_bytes(body[at : at + 2], "big") for at in (3, 5, 7))
    if len(body) != FIXED_BYTES + specs_size + session_size + challenge_size or specs_size % 3:
        raise HelloError("expected lengths that fit the record")
    specs = body[FIXED_BYTES : FIXED_BYTES + specs_size]
    return frozenset(specs[at : at + 3] for at in range(0, specs_size, 3))


def server_hello(certificate: bytes, suites: Iterable[SuiteName]) -> bytes:
    """Build the SERVER-HELLO with its record header; certificate: DER."""
    specs = b"".join(SUITES[name] for name in suites)
    body = b"".join(
        (
            bytes([SERVER_HELLO, 0, X509]),  # message type, no session found again, kind of certificate
            VERSION.to_bytes(2, "big"),
            len(certificate).to_bytes(2, "big"),
            len(specs).to_bytes(2, "big"),
            CONNECTION_ID_BYTES.to_bytes(2, "big"),
            certificate,
            specs,
            os.urandom(CONNECTION_ID_BYTES),
        )
    )
    # Two-byte header: the high bit says that no padding follows.
    return (0x8000 | len(body)).to_bytes(2, "big") + body
