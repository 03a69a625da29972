"""Asks one endpoint with a scanner of ours through the gate, as a survey does: what the comparison measures as ours."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path

from sekisho.gate.namespaces import Namespace
from sekisho.gate.pacing import Pacer
from sekisho.gate.session import Gate, Post
from sekisho.gate.wire import Job, Wire
from sekisho.intake.known import shipped
from sekisho.intake.load import load_engagement
from sekisho.model import subjects
from sekisho.model.ledger import LedgerRow
from sekisho.model.observations import Reading
from sekisho.model.tiers import Tier
from sekisho.profile_files import load_fragility, load_pace
from sekisho.registry import Scanner
from sekisho.scope import AdmittedTarget, Ask, Scope
from tools.benching.endpoints.facts import ours as found_by_us


class _Ledger:
    """Keeps what is written: there is no report to make."""

    def __init__(self) -> None:
        """Begin empty."""
        self.rows: list[LedgerRow] = []

    def write(self, run: str, *rows: LedgerRow) -> None:  # noqa: ARG002 - one run
        """Append rows."""
        self.rows.extend(rows)

    def write_ports(self, run: str, row: LedgerRow, ports: Sequence[int]) -> None:  # noqa: ARG002 - as above
        """Append a row for each port."""
        self.rows.extend(replace(row, port=port) for port in ports)


def ask(folder: Path, scanner: Scanner, address: str, port: int, depth: str) -> Reading:
    """Run one job. Raises: SystemExit where the folder does not admit the target."""
    engagement = load_engagement(folder, lang="en", known=shipped()).engagement
    pace, vantage = load_pace(engagement.pace, folder=folder), engagement.vantages[0]
    scope = Scope(engagement, pace, load_fragility())
    admitted = scope.admit(Ask(ip_address(address), vantage, datetime.now(UTC), Tier.T2, port))
    if not isinstance(admitted, AdmittedTarget):
        raise SystemExit(str(admitted))
    gate = Gate(
        Post(vantage, Namespace(), "bench"), scope=scope, pace=pace, pacer=Pacer(pace), ledger=_Ledger(),
        stop_file=folder / "STOP", frames=None,
    )  # fmt: skip
    subject = subjects.service(ip_address(address), scanner.transport, port)
    given = Job("bench", scanner.id, subject, vantage.name, (admitted,), {"depth": depth}, {})
    wire = gate.wire(given, scanner.mask)
    asyncio.run(_run(scanner, given, wire))
    return scanner.read(wire.transcript(scanner.id, scanner.version))


async def _run(scanner: Scanner, given: Job, wire: Wire) -> None:
    """Let the scanner talk."""
    await scanner.run(given, wire)


def main() -> None:
    """Ask, and write the facts and the seconds without the start of the program."""
    folder, name, address, port, depth, output = sys.argv[1:]
    scanner: Scanner = import_module(f"scanners.{name}.probe").SCANNER
    began = time.monotonic()
    reading = ask(Path(folder), scanner, address, int(port), depth)
    seconds = time.monotonic() - began
    facts = [list(f) for f in sorted(found_by_us(f for _, f in reading.facts))]
    Path(output).write_text(json.dumps({"seconds": seconds, "facts": facts}), "utf-8")


if __name__ == "__main__":
    main()
