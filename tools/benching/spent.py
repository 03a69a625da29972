"""Where the packets of our survey went: per kind of host, from the ledger and the kernel's counters in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sekisho.model.ledger import Entry
from sekisho.store.journal import Journal
from tools.benching.bed import COUNTS, Truth

_SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Spent:
    """Packets to all hosts of one kind. first: (host, port) pairs asked; again: the same asked once more."""

    kind: str
    hosts: int
    echoes: int
    first: int
    again: int
    packets: int

    @property
    def resets(self) -> int:
        """Our kernel's resets of what answered with SYN-ACK."""
        return self.packets - self.echoes - self.first - self.again

    def cells(self) -> str:
        """Write the table row."""
        counts = (self.hosts, self.first, self.again, self.resets, self.echoes, self.packets)
        return f"| {self.kind} | {' | '.join(f'{n:,}' for n in counts)} | {self.packets / self.first:.3f} |"


def spent(folder: Path, plan: Truth) -> tuple[Spent, ...]:
    """Read a survey's ledger."""
    journal = Journal(folder, read_only=True)
    try:
        rows = list(journal.ledger.rows(journal.current().id))
    finally:
        journal.dispose()
    syns = Counter((r.address, r.port) for r in rows if r.kind is Entry.FRAME and r.transport == "syn")
    kinds = plan.kinds
    first = Counter(kinds[address] for address, _ in syns)
    asked = Counter[str]()
    for (address, _), times in syns.items():
        asked[kinds[address]] += times
    echoes = Counter(kinds[r.address] for r in rows if r.kind is Entry.FRAME and r.transport == "icmp")
    packets = Counter[str]()
    for row in rows:
        if row.kind is Entry.KERNEL and row.address in kinds:
            packets[kinds[row.address]] += row.packets
    return tuple(
        Spent(k, hosts, echoes[k], first[k], asked[k] - first[k], packets[k]) for k, hosts in _hosts(plan).items()
    )


def _hosts(plan: Truth) -> Mapping[str, int]:
    """Count the hosts of each kind, in the order of the page."""
    counted = Counter(plan.kinds.values())
    return {kind: counted[kind] for kind in COUNTS if counted[kind]}


def text(all_spent: Sequence[Spent], plan: Truth, theirs: int) -> str:
    """Write the section of the page. theirs: packets of nmap -sS."""
    there = sum(s.hosts for s in all_spent if s.kind != _SILENT)
    floor, whole = there * len(plan.ports), sum(s.packets for s in all_spent)
    table = "\n".join(s.cells() for s in all_spent)
    more = "more than" if floor > theirs else "no more than"
    return f"""### Where our packets go

| hosts | number | ports asked | asked again | resets | echoes | packets | packets per port |
|---|---|---|---|---|---|---|---|
{table}

Asked again: what stayed silent among few ports, and on hosts that filter a port known to answer along with every 63
others, which tells silence from loss. Resets: our kernel's, one for each answer that a port is open. Silent hosts are
asked for the T1 ports and the hundred most frequent ones only; nothing answers, so the others are not asked.

To ask each of the {len(plan.ports):,} ports once on each of the {there} hosts that are there takes
{there} x {len(plan.ports):,} = {floor:,} packets. Ours: {whole:,}, that is {whole / floor - 1:.1%} above. nmap -sS
sends {theirs:,}; the floor is {more} that. Who asks every port of every host that is there cannot stay below it."""
