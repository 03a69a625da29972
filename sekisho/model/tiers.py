"""Tiers: how far a probe may go with a target (design: the gate)."""

from __future__ import annotations

from enum import IntEnum


class Tier(IntEnum):
    """T0 nothing at all, T1 connect and close, T2 read-only requests, T3 service detection."""

    T0 = 0
    T1 = 1
    T2 = 2
    T3 = 3

    @classmethod
    def parse(cls, text: str) -> Tier:
        """Read "T0" to "T3"; raises ValueError with got and expected."""
        try:
            return cls[text.strip().upper()]
        except KeyError:
            msg = f"got {text!r}, expected one of T0 T1 T2 T3"
            raise ValueError(msg) from None

    def __str__(self) -> str:
        """Give the name as the engagement file writes it."""
        return self.name
