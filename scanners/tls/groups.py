"""Named groups: what is offered, and the key exchange of TLS 1.3 for those we can compute.

The keys made here protect nothing: no application data is ever sent with them. They are recorded, so that a stored
flight can be decrypted and read again.
Source: IANA registry "TLS Supported Groups", RFC 8446 §4.2.7 and §7.4, RFC 7919 appendix A, read 2026-11-21.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sekisho.errors import ParseError

SECP256R1: Final = 23
X25519: Final = 29
X448: Final = 30
GROUP_NAMES: Final = {
    1: "sect163k1", 2: "sect163r1", 3: "sect163r2", 4: "sect193r1", 5: "sect193r2", 6: "sect233k1", 7: "sect233r1",
    8: "sect239k1", 9: "sect283k1", 10: "sect283r1", 11: "sect409k1", 12: "sect409r1", 13: "sect571k1", 14: "sect571r1",
    15: "secp160k1", 16: "secp160r1", 17: "secp160r2", 18: "secp192k1", 19: "secp192r1", 20: "secp224k1",
    21: "secp224r1", 22: "secp256k1", 23: "secp256r1", 24: "secp384r1", 25: "secp521r1", 26: "brainpoolP256r1",
    27: "brainpoolP384r1", 28: "brainpoolP512r1", 29: "x25519", 30: "x448", 31: "brainpoolP256r1tls13",
    32: "brainpoolP384r1tls13", 33: "brainpoolP512r1tls13", 41: "curveSM2", 256: "ffdhe2048", 257: "ffdhe3072",
    258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192", 4587: "SecP256r1MLKEM768", 4588: "X25519MLKEM768",
    4589: "SecP384r1MLKEM1024", 0x6399: "X25519Kyber768Draft00", 0x639A: "SecP256r1Kyber768Draft00",
}  # fmt: skip
OLD_OFFER: Final = (29, 23, 24, 25, 30, *range(26, 29), *range(22, 0, -1))
"""Offered below TLS 1.3, so that an elliptic-curve server of any age finds its own."""
_CURVES: Final[dict[int, ec.EllipticCurve]] = {
    23: ec.SECP256R1(), 24: ec.SECP384R1(), 25: ec.SECP521R1(),
    31: ec.BrainpoolP256R1(), 32: ec.BrainpoolP384R1(), 33: ec.BrainpoolP512R1(),
}  # fmt: skip
_FFDHE: Final = {256: (2048, 560316), 257: (3072, 2625351), 258: (4096, 5736041)}
"""Size and the constant X of RFC 7919: p = 2^b - 2^(b-64) + (floor(2^(b-130) e) + X) 2^64 - 1, generator 2."""
TLS13_OFFER: Final = (X25519, SECP256R1, 24, 25, X448, 31, 32, 33, *_FFDHE)
"""Offered with TLS 1.3: exactly the groups whose exchange we can compute, so that a certificate can be read."""
HYBRIDS: Final = (4588, 4587, 4589, 0x6399, 0x639A)
"""Post-quantum hybrids: offered without a share of ours, since a HelloRetryRequest names the group all the same."""
FIRST_SHARES: Final = (X25519, SECP256R1)
"""Groups for which the first hello carries a key share; for any other the server asks by HelloRetryRequest."""


@dataclass(frozen=True, slots=True)
class KeyShare:
    """Our half of a key exchange. private: the raw secret, as it is noted in the transcript."""

    group: int
    public: bytes
    private: bytes


def group_name(group: int) -> str:
    """Give the registered name, or the number where there is none."""
    return GROUP_NAMES.get(group, f"group_{group}")


def group_bits(group: int) -> int:
    """Give the size in bits that the name states, counting X25519 as 256; 0 if it states none."""
    name = group_name(group)
    if group in {X25519, X448}:
        return {X25519: 256, X448: 448}[group]
    if group in HYBRIDS:
        return 256 if group != 4589 else 384  # noqa: PLR2004 - the curve in it; the lattice part is no smaller
    digits = "".join(c if c.isdigit() else " " for c in name.removeprefix("group_")).split()
    return int(digits[0]) if digits and not name.startswith(("group_", "curve")) else 0


def make_share(group: int, secret: bytes) -> KeyShare:
    """Make our half from 64 secret bytes. Raises: ParseError for a group we can't compute."""
    private = _private(group, secret)
    try:
        return KeyShare(group, _public(group, private), private)
    except (ValueError, UnsupportedAlgorithm) as error:
        msg = f"key share of {group_name(group)}: {error}"
        raise ParseError(msg) from error


def shared_secret(group: int, private: bytes, peer: bytes) -> bytes:
    """Compute the shared secret. Raises: ParseError for a group or a peer's half that is none."""
    try:
        if group == X25519:
            return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(peer))
        if group == X448:
            return X448PrivateKey.from_private_bytes(private).exchange(X448PublicKey.from_public_bytes(peer))
        if group in _CURVES:
            own = ec.derive_private_key(int.from_bytes(private, "big"), _CURVES[group])
            return own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[group], peer))
    except (ValueError, UnsupportedAlgorithm) as error:
        msg = f"key share of {group_name(group)}: {error}"
        raise ParseError(msg) from error
    if group not in _FFDHE:
        msg = f"key share: got {group_name(group)}, expected one of {[group_name(g) for g in TLS13_OFFER]}"
        raise ParseError(msg)
    size, prime = _FFDHE[group][0] // 8, _prime(group)
    theirs = int.from_bytes(peer, "big")
    if not 1 < theirs < prime - 1:
        msg = f"key share of {group_name(group)}: got a value outside 2 to p-2"
        raise ParseError(msg)
    return pow(theirs, int.from_bytes(private, "big"), prime).to_bytes(size, "big")


def _private(group: int, secret: bytes) -> bytes:
    """Cut secret bytes to what the group takes as private key."""
    if group == X25519:
        return secret[:32]
    if group == X448:
        return secret[:56]
    if group in _CURVES:
        # 31 bytes are below the order of the smallest of these curves (256 bits); nothing secret hangs on the rest.
        return secret[:31].rjust(32, b"\0")
    return secret[:32]


def _public(group: int, private: bytes) -> bytes:
    """Give our public half in its wire form. Raises: ParseError for a group we can't compute."""
    if group == X25519:
        return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    if group == X448:
        return X448PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    if group in _CURVES:
        own = ec.derive_private_key(int.from_bytes(private, "big"), _CURVES[group])
        return own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if group in _FFDHE:
        return pow(2, int.from_bytes(private, "big"), _prime(group)).to_bytes(_FFDHE[group][0] // 8, "big")
    msg = f"key share: got {group_name(group)}, expected one of {[group_name(g) for g in TLS13_OFFER]}"
    raise ParseError(msg)


@cache
def _prime(group: int) -> int:
    """Compute the prime of a finite-field group from its definition (RFC 7919 appendix A)."""
    bits, constant = _FFDHE[group]
    top: int = 1 << bits
    return top - (top >> 64) + ((_scaled_e(bits - 130) + constant) << 64) - 1


def _scaled_e(bits: int) -> int:
    """Compute floor(2^bits · e) from the series 1/n!, with 64 guard bits."""
    term = total = 1 << (bits + 64)
    n = 1
    while term:
        term //= n
        total += term
        n += 1
    return total >> 64
