"""Public values for a key exchange that is never finished: right in form and size, the secret forgotten at once.

Source: RFC 2409 6, RFC 3526, RFC 5903 (curves: x and y), RFC 8031 (X25519, X448).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanners.oakley import oakley_prime

_SECRET_BITS: Final = 512  # it protects nothing
_PRIME_BITS: Final = {1: 768, 2: 1024, 5: 1536, 14: 2048, 15: 3072, 16: 4096}
_CURVES: Final[dict[int, Callable[[], ec.EllipticCurve]]] = {19: ec.SECP256R1, 20: ec.SECP384R1, 21: ec.SECP521R1}
SPOKEN: Final = (1, 31, 2, 19, 5, 20, 32, 21, 14, 15, 16)
"""Groups whose public values fit into a datagram beside an offer; the rarest and shortest first."""


@cache
def public_value(group: int) -> bytes:
    """Give a public value of one of the groups SPOKEN, the same for the whole process."""
    if group in _PRIME_BITS:
        bits = _PRIME_BITS[group]
        return pow(2, secrets.randbits(_SECRET_BITS), oakley_prime(bits)).to_bytes(bits // 8, "big")
    if group in _CURVES:
        point = ec.generate_private_key(_CURVES[group]()).public_key()
        return point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]  # without the leading 4
    key = x25519.X25519PrivateKey if group == 31 else x448.X448PrivateKey  # noqa: PLR2004 - group number
    return key.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
