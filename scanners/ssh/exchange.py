"""Our half of a key exchange, as far as the server's answer with its host key; nothing is ever encrypted with it.

Done: X25519, ECDH on the NIST curves, and Diffie-Hellman in the fixed groups 1, 14, 16 and 18. Left out: the
group-exchange, post-quantum, GSS and RSA methods; a server that has only those keeps its host key to itself.
Source: RFC 4253 section 8 (DH), RFC 5656 section 4 (ECDH), RFC 8731 (X25519), RFC 8268 (larger groups with SHA-2).
Groups: RFC 2409 6.2 (group 1 is Oakley group 2), RFC 3526 sections 3, 5 and 7 (groups 14, 16, 18).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanners.ssh.packets import build_mpint, build_string

MSG_KEXDH_INIT: Final = 30  # SSH_MSG_KEX_ECDH_INIT has the same number
MSG_KEXDH_REPLY: Final = 31
_SECRET_BITS: Final = 512  # RFC 4253 8.1 asks 1 < x < q; the value protects nothing, it is forgotten at once


@cache
def oakley_prime(bits: int, offset: int) -> int:
    """Give 2^bits − 2^(bits−64) − 1 + 2^64·(⌊2^(bits−130)·π⌋ + offset), the form that RFC 3526 uses."""
    pi = _pi_times_power_of_two(bits - 130)
    return (1 << bits) - (1 << (bits - 64)) - 1 + ((pi + offset) << 64)


def _pi_times_power_of_two(shift: int) -> int:
    """Give ⌊2^shift·π⌋ by Machin's formula (π = 16·atan 1/5 − 4·atan 1/239), with 64 spare bits for rounding."""
    one = 1 << (shift + 64)
    return (16 * _inverse_tangent(5, one) - 4 * _inverse_tangent(239, one)) >> 64


def _inverse_tangent(divisor: int, one: int) -> int:
    """Give atan(1/divisor) in units of 1/one."""
    power = one // divisor
    total, sign, step = power, -1, 3
    while power:
        power //= divisor * divisor
        total += sign * (power // step)
        sign, step = -sign, step + 2
    return total


_OFFSETS: Final = {1024: 129093, 2048: 124476, 4096: 240904, 8192: 4743158}  # RFC 2409 6.2; RFC 3526 3, 5, 7
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
    return bytes([MSG_KEXDH_INIT]) + build_mpint(pow(2, secret, group_prime(_DH_BITS[method])))


def group_prime(bits: int) -> int:
    """Give the prime of the fixed group of 1024, 2048, 4096 or 8192 bits; the generator is 2."""
    return oakley_prime(bits, _OFFSETS[bits])
