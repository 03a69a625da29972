"""Sums of the packet ledger, per host and in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sekisho.model.ledger import SENDS, Entry, LedgerRow
from sekisho.model.run import HostCount, LedgerSummary


@dataclass(slots=True)
class _Sums:
    """Running sums of one host from one vantage."""

    packets: int = 0
    kernel: int = 0
    connections: int = 0
    bytes: int = 0
    peak: int = 0
    refused: int = 0


def summarise(rows: Iterable[LedgerRow]) -> LedgerSummary:
    """Add a run's ledger up.

    packets: the kernel's counters where a vantage has them, else what the sockets report; a send that never settled
    (the process was killed) counts with what was reserved for it. connections: connects begun.
    """
    sums: dict[tuple[str, str], _Sums] = defaultdict(_Sums)
    pending: dict[tuple[str, str, str], int] = defaultdict(int)
    peak_all = 0
    for row in rows:
        if row.kind is Entry.CONTROL:
            continue
        one = sums[row.vantage, row.address]
        key = (row.vantage, row.address, row.job)
        if row.kind is Entry.SETTLE:
            pending.pop(key, None)
            one.packets += row.packets
            peak, peak_here = _peaks(row.note)
            one.peak, peak_all = max(one.peak, peak), max(peak_all, peak_here)
        elif row.kind is Entry.KERNEL:
            one.kernel += row.packets
        elif row.kind is Entry.REFUSED:
            one.refused += 1
        elif row.kind in SENDS:
            pending[key] += row.packets
            one.bytes += row.bytes
            one.connections += row.kind is Entry.CONNECT
    for (vantage, address, _), packets in pending.items():
        sums[vantage, address].packets += packets
    return _total(sums, peak_all)


def _peaks(note: str) -> tuple[int, int]:
    """Read `peak=N;peak_all=M` of a settle row."""
    values = dict(part.split("=", 1) for part in note.split(";") if "=" in part)
    return int(values.get("peak", 0)), int(values.get("peak_all", 0))


def _total(sums: dict[tuple[str, str], _Sums], peak_all: int) -> LedgerSummary:
    """Put the vantages of each host together, hosts sorted."""
    witnessed = {vantage for (vantage, _), one in sums.items() if one.kernel}
    senders = {vantage for (vantage, _), one in sums.items() if one.packets or one.kernel}
    hosts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for (vantage, address), one in sums.items():
        host = hosts[address]
        host[0] += one.kernel if vantage in witnessed else one.packets
        host[1] += one.connections
        host[2] += one.bytes
        host[3] = max(host[3], one.peak)
        host[4] += one.refused
    counts = tuple(HostCount(name, *values) for name, values in sorted(hosts.items()))
    return LedgerSummary(
        counted_by="kernel" if senders and senders == witnessed else "socket",
        packets=sum(c.packets for c in counts),
        connections=sum(c.connections for c in counts),
        bytes=sum(c.bytes for c in counts),
        peak_packets_per_s=peak_all,
        refused_sends=sum(c.refused_sends for c in counts),
        hosts=counts,
    )
