"""Pace profile: how fast and how far, as data (profiles/pace). The figures are ours and labelled so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sekisho.model.tiers import Tier

CONNECTION_S: Final = 15.0
JOB_S: Final = 60.0
HOST_S: Final = 600.0
"""Our own figures, for pace files that say nothing (ADR 0019)."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Limits of one profile. Rates count every packet a host gets from us, the kernel's included.

    budget: packets per host and run by tier; None = no budget for that tier. t1_ports: at most 20, in the order asked.
    t2_ports: further TCP ports asked on T2 and T3 hosts that answered. connect_timeout_s stays below the kernel's first
    SYN retransmission at 1 s, so that one try is one packet. raw_syn: on T2 and T3 ports are asked by a crafted SYN
    instead of a connect where raw sockets are allowed (2 packets to an open port instead of 4, but no orderly close).
    connection_s, job_s, host_s: how long we wait for a host in all, on one connection, in one job, and from one vantage
    in one part of a run; our own waiting for the pace does not count (ADR 0019).
    tls: how much is asked of a TLS service: quick (what the checks need, 8 connections at most), full (ADR 0024) or
    signatures (full, and every algorithm that signs: ADR 0029).
    silent_ports: with raw_syn, so many of t2_ports are asked on silent hosts as well; an answer brings the rest.
    """

    name: str
    unknown_tier: Tier
    ceiling: Tier
    packets_per_s: int
    segment_packets_per_s: int
    host_packets_per_s: int
    connections_per_s: int
    open_per_host: int
    budget: tuple[int | None, int | None, int | None]
    t1_ports: tuple[int, ...]
    t2_ports: tuple[int, ...]
    connect_timeout_s: float
    read_timeout_s: float
    raw_syn: bool = False
    connection_s: float = CONNECTION_S
    job_s: float = JOB_S
    host_s: float = HOST_S
    silent_ports: int = 0
    tls: str = "quick"

    def budget_of(self, tier: Tier) -> int | None:
        """Give the packets a host of this tier may get in one run; None = unlimited; T0 gets 0."""
        if tier is Tier.T0:
            return 0
        return self.budget[tier - 1]
