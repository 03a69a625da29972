"""What is offered: every transform that this scanner can ask about, old ones beside each other. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from scanners.ike.build import Offer
from scanners.ike.numbers import ENCRYPTION, GROUP, INTEGRITY, PRF, Suite, Transform

_CIPHERS: Final = (
    (2, 0), (3, 0), (7, 128), (6, 128),  # DES, 3DES, Blowfish, CAST
    (12, 128), (12, 192), (12, 256), (13, 128), (13, 256), (23, 128), (23, 256),  # AES-CBC, AES-CTR, Camellia
    (20, 128), (20, 192), (20, 256), (19, 256), (18, 256), (16, 128), (16, 256), (28, 0),  # GCM, CCM, ChaCha20
)  # fmt: skip
EVERYTHING: Final = Offer(
    tuple(Transform(ENCRYPTION, number, bits) for number, bits in _CIPHERS),
    tuple(Transform(PRF, number) for number in (1, 2, 4, 5, 6, 7)),
    tuple(Transform(INTEGRITY, number) for number in (1, 2, 5, 12, 13, 14)),
    tuple(Transform(GROUP, number) for number in (1, 2, 5, 22, 23, 24, 14, 15, 16, 17, 18, 19, 20, 21, 31)),
)
"""All of version 2 that one datagram holds."""

_PSK, _RSA, _XAUTH, _HYBRID = 1, 3, 65001, 64221
_AES_256, _AES_128, _DES_3, _DES = (7, 256), (7, 128), (5, 0), (1, 0)
_COMMON: Final = (
    *product((_AES_256, _AES_128, _DES_3), (2, 4), (14, 2, 5)),  # AES and 3DES with SHA-1 and SHA-256
    *product((_AES_256, _DES_3), (1,), (14, 2, 5)),  # the same with MD5
    *product((_DES,), (1, 2), (2, 1)),
    *product((_DES_3,), (1, 2), (1,)),
)
_USUAL: Final = tuple(Suite(*cipher, digest, group, _PSK) for cipher, digest, group in _COMMON)
_LATER: Final = (
    *product((_AES_256, _AES_128), (4, 5, 6), (19, 20, 15, 16)),
    *product(((7, 192),), (2,), (14, 2)),
    *product((_AES_128,), (1,), (2, 5)),
)
_LARGE: Final = tuple(Suite(*cipher, digest, group, _PSK) for cipher, digest, group in _LATER)


_WEAK_CIPHERS: Final = frozenset({1, 5})
_WEAK_HASHES: Final = frozenset({1})
_WEAK_GROUPS: Final = frozenset({1, 2, 5})
"""DES and 3DES, MD5, groups below 2,048 bits: only the order of the questions hangs on these; profiles judge."""


def is_weak(suite: Suite) -> bool:
    """Tell whether a suite has a part that is worth asking for first."""
    return suite.cipher in _WEAK_CIPHERS or suite.hash in _WEAK_HASHES or suite.group in _WEAK_GROUPS


def _with(suites: Sequence[Suite], auth: int) -> tuple[Suite, ...]:
    """Give the same suites with another way to prove who one is."""
    return tuple(replace(s, auth=auth) for s in suites)


MAIN_ROUNDS: Final = (
    _USUAL, _with(_USUAL, _RSA), _with(_USUAL, _XAUTH), _LARGE, _with(_LARGE, _RSA), _with(_USUAL[:18], _HYBRID),
)  # fmt: skip
"""Version 1 by datagram: the usual suites of old and new devices with a shared key first."""
OFFERED_1: Final = frozenset(suite for suites in MAIN_ROUNDS for suite in suites)
"""All of version 1 that main mode is asked about."""

_MOST_AGGRESSIVE: Final = 20
_LONG: Final = frozenset({15, 16})
_MOST_BESIDE_LONG: Final = 14
"""What one datagram holds beside the public value of a group."""
_AGGRESSIVE_GROUP: Final = 2
"""Where main mode says nothing: the group that devices of that age have (RFC 2409 6.2)."""


def aggressive_suites(accepted: Sequence[Suite], spoken: Sequence[int]) -> tuple[Suite, ...]:
    """Give what one message in aggressive mode offers: what main mode took, with each way to prove who one is."""
    known = [s for s in accepted if s.group in spoken]
    group = known[0].group if known else _AGGRESSIVE_GROUP
    found = dict.fromkeys(
        replace(s, auth=auth) for s in known if s.group == group for auth in (_PSK, _XAUTH, _HYBRID, _RSA)
    )
    usual = ((5, 0), (7, 128), (7, 256), (1, 0))
    found.update(
        dict.fromkeys(
            Suite(cipher, bits, digest, group, auth)
            for auth, digest, (cipher, bits) in product((_PSK, _XAUTH), (2, 1, 4), usual)
        )
    )
    return tuple(found)[: _MOST_AGGRESSIVE if group not in _LONG else _MOST_BESIDE_LONG]


def halves(transforms: Sequence[Transform]) -> Iterator[tuple[Transform, ...]]:
    """Cut a list in two, each half in order."""
    middle = (len(transforms) + 1) // 2
    yield tuple(transforms[:middle])
    yield tuple(transforms[middle:])
