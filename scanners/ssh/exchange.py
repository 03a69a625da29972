"""Our half of a key exchange, as far as the server's answer with its host key; nothing is ever encrypted with it.

Done: X25519, ECDH on the NIST curves, and Diffie-Hellman in the fixed groups 1, 14, 16 and 18. Left out: the
group-exchange, post-quantum, GSS and RSA methods; a server that has only those keeps its host key to itself.
Source: RFC 4253 section 8 (DH), RFC 5656 section 4 (ECDH), RFC 8731 (X25519), RFC 8268 (larger groups with SHA-2).
Groups: RFC 2409 6.2 (group 1 is Oakley group 2), RFC 3526 sections 3, 5 and 7 (groups 14, 16, 18).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanners.oakley import oakley_prime
from scanners.ssh.packets import build_mpint, build_string

MSG_KEXDH_INIT: Final = 30  # SSH_MSG_KEX_ECDH_INIT has the same number
MSG_KEXDH_REPLY: Final = 31
_SECRET_BITS: Final = 512  # RFC 4253 8.1 asks 1 < x < q; the value protects nothing, it is forgotten at once


_DH_BITS: Final = {
    "diffie-hellman-group14-sha256": 2048,
    "diffie-hellman-group16-sha512": 4096,
    "diffie-hellman-group18-sha512": 8192,
    "diffie-hellman-group14-sha1": 2048,
    "diffie-hellman-group1-sha1": 1024,
}
_CURVES: Final[dict[str, Callable[[], ec.EllipticCurve]]] = {
    "ecdh-sha2-nistp256": ec.SECP256R1,
    "ecdh-sha2-nistp384": ec.SECP384R1,
    "ecdh-sha2-nistp521": ec.SECP521R1,
}
_X25519: Final = ("curve25519-sha256", "curve25519-sha256@libssh.org")
METHODS: Final = (*_X25519, *_CURVES, *_DH_BITS)
"""Cheapest for the server first: an old device takes seconds for one exponentiation in a large group."""


def common_method(offered: Sequence[str]) -> str | None:
    """Choose the cheapest method both sides know; None if there is none."""
    return next((name for name in METHODS if name in offered), None)


def build_exchange_init(method: str) -> bytes:
    """Give the payload that opens an exchange, with a fresh public value whose secret is forgotten at once.

    Raises: KeyError for a method that is not in METHODS.
    """
    if method in _X25519:
        public = x25519.X25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return bytes([MSG_KEXDH_INIT]) + build_string(public)
    if method in _CURVES:
        key = ec.generate_private_key(_CURVES[method]()).public_key()
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return bytes([MSG_KEXDH_INIT]) + build_string(point)
    secret = secrets.randbits(_SECRET_BITS) | 1 << (_SECRET_BITS - 1)
    return bytes([MSG_KEXDH_INIT]) + build_mpint(pow(2, secret, oakley_prime(_DH_BITS[method])))
