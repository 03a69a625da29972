"""Pace profiles for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sekisho.model.pace import Pace
from sekisho.model.tiers import Tier

GENTLE = Pace(
    "gentle", Tier.T1, Tier.T2, packets_per_s=10, segment_packets_per_s=10, host_packets_per_s=5, connections_per_s=2,
    open_per_host=1, budget=(100, 500, None), t1_ports=(22, 80, 104, 443), t2_ports=(8080,), connect_timeout_s=0.9,
    read_timeout_s=2.0,
)  # fmt: skip
STANDARD = replace(
    GENTLE, name="standard", ceiling=Tier.T3, packets_per_s=50, segment_packets_per_s=25, host_packets_per_s=10,
    connections_per_s=10, budget=(100, 2000, 5000),
)  # fmt: skip
LAB = replace(
    GENTLE, name="lab", unknown_tier=Tier.T3, ceiling=Tier.T3, packets_per_s=50000, segment_packets_per_s=50000,
    host_packets_per_s=5000, connections_per_s=5000, open_per_host=20, budget=(100, None, None),
)  # fmt: skip


def lab(**changes: Any) -> Pace:
    """Give the lab profile with changes."""
    return replace(LAB, **changes)
