"""Can this installation still speak to old SSH servers: what the doctor asks before a survey. No network.

A newer cryptography library may one day drop what old devices need. What is tried here is our own arithmetic and codec,
and the library calls behind them, with the algorithms that a modern client no longer offers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from scanners.oakley import oakley_prime
from scanners.ssh.exchange import MSG_KEXDH_INIT, build_exchange_init
from scanners.ssh.hostkey import DSS, RSA, one_per_key, parse_host_key
from scanners.ssh.kexinit import COOKIE_BYTES, MSG_KEXINIT, KexInit, build_kexinit, parse_kexinit
from scanners.ssh.packets import Fields, build_mpint, build_packet, build_string, split_packets

_OLD: Final = KexInit(
    ("diffie-hellman-group1-sha1", "diffie-hellman-group-exchange-sha1"), ("ssh-dss", "ssh-rsa"),
    ("3des-cbc", "arcfour"), ("3des-cbc", "arcfour"), ("hmac-md5", "hmac-sha1-96"),
    ("hmac-md5", "hmac-sha1-96"), ("none",), ("none",),
)  # fmt: skip
_MODERN: Final = ("curve25519-sha256", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521")
_SMALL_BITS: Final = 1024


def self_test() -> list[tuple[str, bool, str]]:
    """Try each capability; give (capability, ok, detail), detail says what went wrong or what was tried."""
    return [
        _tried("ssh.old-lists", "KEXINIT with group1, ssh-dss, 3des-cbc and hmac-md5", _old_lists),
        _tried("ssh.old-exchange", "Diffie-Hellman groups 1 and 14", _old_exchange),
        _tried("ssh.old-host-keys", "ssh-dss and RSA keys of 1024 bits", _old_host_keys),
        _tried("ssh.modern-exchange", "X25519 and NIST curves", _modern_exchange),
    ]


def _tried(capability: str, what: str, attempt: Callable[[], bool]) -> tuple[str, bool, str]:
    """Run one trial; a library that refuses is an answer."""
    try:
        return capability, attempt(), what
    except (ValueError, KeyError, ArithmeticError, RuntimeError, OSError) as error:
        return capability, False, f"{what}: {type(error).__name__}: {error}"


def _old_lists() -> bool:
    """Build a KEXINIT of an old server and read it back."""
    (payload,) = split_packets(build_packet(build_kexinit(_OLD, bytes(COOKIE_BYTES)))).payloads
    return payload[0] == MSG_KEXINIT and parse_kexinit(payload) == _OLD and one_per_key(_OLD.host_keys) == (DSS, RSA)


def _old_exchange() -> bool:
    """Open an exchange in the two groups that old servers have; 2 generates, so 2^((p-1)/2) is 1 for a safe prime p."""
    for name, bits in (("diffie-hellman-group1-sha1", _SMALL_BITS), ("diffie-hellman-group14-sha1", 2048)):
        prime = oakley_prime(bits)
        payload = build_exchange_init(name)
        public = Fields(payload[1:]).mpint()
        if payload[0] != MSG_KEXDH_INIT or not 1 < public < prime - 1 or pow(2, (prime - 1) // 2, prime) != 1:
            return False
    return True


def _old_host_keys() -> bool:
    """Read the public keys of old servers."""
    modulus = 1 << (_SMALL_BITS - 1) | 1
    rsa = build_string(RSA.encode()) + build_mpint(65537) + build_mpint(modulus)
    dss = build_string(DSS.encode()) + build_mpint(modulus) + b"".join(build_mpint(n) for n in (3, 2, 5))
    return all(parse_host_key(blob).key_bits == _SMALL_BITS for blob in (rsa, dss))


def _modern_exchange() -> bool:
    """Open an exchange with each curve."""
    return all(build_exchange_init(name)[0] == MSG_KEXDH_INIT for name in _MODERN)
