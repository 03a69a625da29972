"""The real gate in front of a loopback or namespace target, to count what a scanner really sends."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanners.hosts.frames import ScapyFrames
from sekisho.gate.namespaces import Namespace
from sekisho.gate.pacing import Pacer
from sekisho.gate.session import Gate, JobWire, Post
from sekisho.gate.wire import Job
from sekisho.model.ledger import LedgerRow
from sekisho.profile_files import load_pace
from sekisho.registry import Scanner
from tests.unit.scanners.fakes import NOW, VANTAGE, scope


class Rows:
    """A ledger in memory."""

    def __init__(self) -> None:
        self.rows: list[LedgerRow] = []

    def write(self, run: str, *rows: LedgerRow) -> None:
        self.rows.extend(rows)

    def write_ports(self, run: str, row: LedgerRow, ports: Sequence[int]) -> None:
        self.write(run, *(replace(row, port=port) for port in ports))


def real_gate(folder: Path, *, namespace: Namespace | None = None) -> tuple[Gate, Rows]:
    """Build a gate with the lab pace."""
    pace, rows = load_pace("lab"), Rows()
    post = Post(VANTAGE, namespace or Namespace(), "run")
    gate = Gate(
        post, scope=scope(), pace=pace, pacer=Pacer(pace), ledger=rows, stop_file=folder / "STOP",
        frames=ScapyFrames(), now=lambda: NOW,
    )  # fmt: skip
    return gate, rows


async def through_gate(scanner: Scanner, given: Job, gate: Gate) -> tuple[JobWire, Any]:
    """Run a job through the gate; give its wire and its reading."""
    wire = gate.wire(given, scanner.mask)
    running: Awaitable[None] = scanner.run(given, wire)
    await running
    return wire, scanner.read(wire.transcript(scanner.id, scanner.version))
