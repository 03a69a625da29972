"""Our half of a key exchange, as far as the server's answer with its host key; nothing is ever encrypted with it.

Done: X25519, ECDH on the NIST curves, Diffie-Hellman in the fixed groups 1, 14, 16 and 18 and in a group of the
server's choice, and the post-quantum hybrids with X25519. Left out: the GSS and RSA methods; a server that has only
those keeps its host key to itself.
Source: RFC 4253 section 8 (DH), RFC 5656 section 4 (ECDH), RFC 8731 (X25519), RFC 8268 (larger groups with SHA-2),
RFC 4419 section 3 (group exchange), draft-ietf-sshm-mlkem-hybrid-kex and draft-josefsson-ntruprime-ssh (hybrids).
Groups: RFC 2409 6.2 (group 1 is Oakley group 2), RFC 3526 sections 3, 5 and 7 (groups 14, 16, 18).
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanners.oakley import oakley_prime
from scanners.ssh.packets import Fields, build_mpint, build_string
from sekisho.errors import ParseError

MSG_KEXDH_INIT: Final = 30  # SSH_MSG_KEX_ECDH_INIT has the same number
MSG_KEXDH_REPLY: Final = 31
MSG_GEX_GROUP: Final = 31  # the number means another message in a group exchange
MSG_GEX_INIT: Final = 32
MSG_GEX_REPLY: Final = 33
MSG_GEX_REQUEST: Final = 34
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
_MLKEM768: Final = ("mlkem768x25519-sha256",)
_SNTRUP761: Final = ("sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com")
_SNTRUP761_KEY_BYTES: Final = 1158  # draft-josefsson-ntruprime-ssh, section 3
_MLKEM_PRIME: Final = 3329  # FIPS 203 section 2.4: q
_MLKEM768_COEFFICIENTS: Final = 3 * 256  # FIPS 203 table 2: k = 3 polynomials of n = 256
_MLKEM_SEED_BYTES: Final = 32
GROUP_EXCHANGE: Final = ("diffie-hellman-group-exchange-sha256", "diffie-hellman-group-exchange-sha1")
_GROUP_BITS: Final = (1024, 2048, 8192)  # RFC 4419 section 3: least, preferred, most; old servers have 1,024 alone
METHODS: Final = (*_X25519, *_CURVES, *_DH_BITS, *_MLKEM768, *_SNTRUP761, *GROUP_EXCHANGE)
"""Cheapest for the server first: an old device takes seconds for one exponentiation in a large group."""


def common_method(offered: Sequence[str]) -> str | None:
    """Choose the cheapest method both sides know; None if there is none."""
    return next((name for name in METHODS if name in offered), None)


def build_exchange_init(method: str) -> bytes:
    """Give the payload that opens an exchange, with a fresh public value whose secret is forgotten at once.

    For a group exchange it asks for a group; `build_group_init` goes on from there.
    Raises: KeyError for a method that is not in METHODS.
    """
    if method in GROUP_EXCHANGE:
        return struct.pack(">BIII", MSG_GEX_REQUEST, *_GROUP_BITS)
    if method in _X25519:
        return bytes([MSG_KEXDH_INIT]) + build_string(_x25519_public())
    if method in _MLKEM768:
        return bytes([MSG_KEXDH_INIT]) + build_string(_random_mlkem768_key() + _x25519_public())
    if method in _SNTRUP761:
        return bytes([MSG_KEXDH_INIT]) + build_string(secrets.token_bytes(_SNTRUP761_KEY_BYTES) + _x25519_public())
    if method in _CURVES:
        key = ec.generate_private_key(_CURVES[method]()).public_key()
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return bytes([MSG_KEXDH_INIT]) + build_string(point)
    return bytes([MSG_KEXDH_INIT]) + build_mpint(_dh_public(2, oakley_prime(_DH_BITS[method])))


def build_group_init(group: bytes) -> bytes:
    """Give the payload that answers the group of a group exchange (message 31) with our public value.

    Raises: ParseError for a cut message, or a modulus that is none or larger than what was asked for.
    """
    fields = Fields(group[1:])
    prime, generator = fields.mpint(), fields.mpint()
    if not 1 < generator < prime or prime.bit_length() > _GROUP_BITS[-1]:
        msg = f"group exchange: got a modulus of {prime.bit_length()} bits, expected at most {_GROUP_BITS[-1]}"
        raise ParseError(msg)
    return bytes([MSG_GEX_INIT]) + build_mpint(_dh_public(generator, prime))


def _dh_public(generator: int, prime: int) -> int:
    """Give a public value of a Diffie-Hellman group."""
    return pow(generator, secrets.randbits(_SECRET_BITS) | 1 << (_SECRET_BITS - 1), prime)


def _x25519_public() -> bytes:
    """Give a public value of X25519."""
    return x25519.X25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _random_mlkem768_key() -> bytes:
    """Give an encapsulation key of the right form to which nobody has the secret: none is needed to be answered.

    FIPS 203 section 4.2.1 (ByteEncode with 12 bits, least significant first) and 7.2 (a server checks that form).
    """
    packed = sum(secrets.randbelow(_MLKEM_PRIME) << 12 * at for at in range(_MLKEM768_COEFFICIENTS))
    return packed.to_bytes(_MLKEM768_COEFFICIENTS * 12 // 8, "little") + secrets.token_bytes(_MLKEM_SEED_BYTES)
