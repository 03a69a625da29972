"""The ledger of a run as plain rows, read from survey.db without the product's own code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tools.proving.lab import database_rows


@dataclass(frozen=True, slots=True)
class Row:
    """One row. at: seconds since 1970. transport: tcp, udp, and of crafted frames arp, nd, icmp, syn."""

    at: float
    kind: str
    vantage: str
    job: str
    transport: str
    source_port: int
    address: str
    port: int
    tier: int
    packets: int


def ledger_of(folder: Path) -> list[Row]:
    """Read all rows in order."""
    columns = "at, kind, vantage, job, transport, source_port, address, port, tier, packets"
    found = database_rows(folder, f"select {columns} from ledger order by seq")  # noqa: S608 - our own words
    return [Row(datetime.fromisoformat(at).timestamp(), *rest) for at, *rest in found]
