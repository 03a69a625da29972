"""The primes of the fixed Diffie-Hellman groups that SSH and IKE share; 2 generates in all of them.

Source: RFC 2409 6.1 and 6.2, RFC 3526 2 to 7, read 2026-11-21.
"""

from __future__ import annotations

from functools import cache
from typing import Final

_OFFSETS: Final = {
    768: 149686, 1024: 129093, 1536: 741804, 2048: 124476, 3072: 1690314, 4096: 240904, 6144: 929484, 8192: 4743158,
}  # fmt: skip


@cache
def oakley_prime(bits: int) -> int:
    """Give 2^bits − 2^(bits−64) − 1 + 2^64·(⌊2^(bits−130)·π⌋ + offset), the form that RFC 3526 uses.

    Raises: KeyError for a size that has no group.
    """
    pi = _pi_times_power_of_two(bits - 130)
    return (1 << bits) - (1 << (bits - 64)) - 1 + ((pi + _OFFSETS[bits]) << 64)


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
