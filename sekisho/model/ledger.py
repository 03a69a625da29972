"""The rows of the packet ledger: what the gate writes before each send, and what counts for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Entry(StrEnum):
    """Kinds of ledger rows.

    START stands before the first send of a job; SETTLE and KERNEL count what left. CONTROL tells of a connection to a
    jump host, which is no probe and counts for nobody.
    """

    START = "start"
    CONNECT = "connect"
    PAYLOAD = "payload"
    DATAGRAM = "datagram"
    FRAME = "frame"
    PROCESS = "process"
    SETTLE = "settle"
    REFUSED = "refused"
    KERNEL = "kernel"
    CONTROL = "control"


VIA_SSH = "via ssh"
"""Note of a CONNECT that a jump host makes; its source is the jump host, by name."""
CONTROL_BEGINS = "begins"
"""Note of a CONTROL row that stands before a connection to a jump host; the rows after it tell how that went."""
WATCH_JOB = "|watch|"
"""In the job ids of the watch: its packets are apart from the hosts' budgets (ADR 0014)."""
SENDS = frozenset({Entry.CONNECT, Entry.PAYLOAD, Entry.DATAGRAM, Entry.FRAME, Entry.PROCESS})


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row.

    at: aware UTC. packets: reserved for the send (worst case), or counted (SETTLE: what left since the send it closes;
    KERNEL: what the kernel counted for the host in the whole vantage session). bytes: payload bytes.
    note: for SETTLE `peak=N`, the highest number of packets in one second so far; for REFUSED the rule.
    """

    at: datetime
    kind: Entry
    vantage: str
    job: str
    transport: str
    source: str
    source_port: int
    address: str
    port: int
    tier: int
    packets: int
    bytes: int
    note: str = ""
