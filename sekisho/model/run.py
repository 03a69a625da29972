"""One survey run as the assessment gets it: plain values, no folder, no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sekisho.model.attempts import Attempt
from sekisho.model.engagement import Engagement
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from sekisho.model.transcript import Transcript


@dataclass(frozen=True, slots=True)
class HostCount:
    """What one host got from us. host: address as text. packets: the kernel's included, where it counted."""

    host: str
    packets: int
    connections: int
    bytes: int
    peak_packets_per_s: int
    refused_sends: int


@dataclass(frozen=True, slots=True)
class LedgerSummary:
    """Sums of the packet ledger of one run. counted_by: kernel | socket."""

    counted_by: str = "socket"
    packets: int = 0
    connections: int = 0
    bytes: int = 0
    peak_packets_per_s: int = 0
    refused_sends: int = 0
    hosts: tuple[HostCount, ...] = ()


@dataclass(frozen=True, slots=True)
class VantageUse:
    """How one vantage was used in this run.

    sources: our own addresses there; they are never devices of the hospital. confined: the kernel dropped whatever was
    not admitted. privileged: raw frames and ICMP were possible.
    """

    name: str
    sources: tuple[IPAddress, ...] = ()
    confined: bool = False
    privileged: bool = False
    control_connections: int = 0


@dataclass(frozen=True, slots=True)
class Imported:
    """A file from elsewhere that a scanner's reader turns into facts (nmap XML, captures, configurations).

    stage: capture | config | active. evidence: id of the transcript that holds the file.
    """

    path: str
    stage: str
    evidence: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything a report is made from, besides the shipped profiles.

    taken_at: clock of the assessment, closed_at or the newest attempt. transcripts: evidence id → transcript.
    """

    run: str
    opened_at: datetime
    closed_at: datetime | None
    taken_at: datetime
    tool_version: str
    chain_head: str
    chain_length: int
    engagement: Engagement
    pace: Pace
    attempts: tuple[Attempt, ...] = ()
    ledger: LedgerSummary = field(default_factory=LedgerSummary)
    transcripts: Mapping[str, Transcript] = field(default_factory=dict)
    vantages: tuple[VantageUse, ...] = ()
    imports: tuple[Imported, ...] = ()
