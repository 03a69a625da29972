"""Which SSH algorithms the lab can offer: all that asyncssh performs, and a few that it can only name.

A client that picks a merely named one is told that the key exchange failed; all others talk to a complete server.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha512
from typing import Any, NoReturn

from asyncssh import KeyExchangeFailed
from asyncssh.encryption import get_encryption_algs
from asyncssh.kex import Kex, get_kex_algs, register_kex_alg
from asyncssh.mac import get_mac_algs, register_mac_alg

NAMED_KEX = ("sntrup761x25519-sha512@openssh.com", "sntrup761x25519-sha512")
NAMED_MACS = ("hmac-ripemd160", "hmac-ripemd160@openssh.com")


class _NamedKex(Kex):
    """A key exchange that we offer without being able to perform it."""

    async def start(self) -> None:
        """Refuse, once a client picked it."""
        raise KeyExchangeFailed("not available")


def _named_mac(*_args: Any) -> NoReturn:  # noqa: ANN401 - whatever the library hands over
    """Refuse, once a client picked it."""
    raise KeyExchangeFailed("not available")


@cache
def register_named() -> None:
    """Make the library offer the merely named algorithms when a scenario lists them; by default it never does."""
    known_kex, known_macs = _names(get_kex_algs()), _names(get_mac_algs())
    for name in NAMED_KEX:
        if name not in known_kex:
            register_kex_alg(name.encode(), _NamedKex, sha512, (), default=False)
    for name in NAMED_MACS:
        if name not in known_macs:
            register_mac_alg(name.encode(), 20, 20, etm=False, handler=_named_mac, args=(), default=False)


def key_exchanges() -> frozenset[str]:
    """Give all key exchanges that can be offered."""
    return frozenset(name for name in _names(get_kex_algs()) if not name.startswith("gss-")) | set(NAMED_KEX)


def ciphers() -> frozenset[str]:
    """Give all ciphers that can be offered."""
    return _names(get_encryption_algs())


def macs() -> frozenset[str]:
    """Give all MACs that can be offered."""
    return _names(get_mac_algs()) | set(NAMED_MACS)


def _names(algorithms: list[bytes]) -> frozenset[str]:
    """Give algorithm names as text."""
    return frozenset(algorithm.decode() for algorithm in algorithms)
