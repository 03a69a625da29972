"""What a host gets by UDP stays within ADR 0022 with the figures of ADR 0033, whichever scanners there are."""

from __future__ import annotations

import pytest

import scanners
from sekisho.model.engagement import Method
from sekisho.registry import Scanner, Stage, discover_scanners
from tests.unit.scanners.fakes import FakeWire, Replies, job

MOST_SILENT, MOST = 28, 130
UDP = [s for s in discover_scanners(scanners).values() if s.transport == "udp"]
UNDECLARED = [s for s in UDP if not s.secret and s.method is Method.ACTIVE]


async def sent_to_silence(scanner: Scanner) -> int:
    """Count the datagrams that all ports of a scanner get when none of them answers."""
    sent = 0
    for port in scanner.udp_ports:
        asked = job(scanner.id, port, transport="udp", options={"answered": []}, secrets={scanner.secret: b"x"})
        wire = FakeWire(asked, replies=Replies(datagrams=lambda _: []))
        await scanner.run(wire.job, wire)
        sent += wire.datagrams
    return sent


@pytest.mark.parametrize("scanner", UDP, ids=lambda s: s.id)
async def test_a_udp_scanner_says_which_ports_it_asks(scanner: Scanner) -> None:
    assert scanner.stage is Stage.EXAMINE
    assert scanner.udp_ports
    assert 0 < await sent_to_silence(scanner) <= scanner.max_packets * len(scanner.udp_ports)


async def test_a_silent_host_gets_few_datagrams() -> None:
    assert sum([await sent_to_silence(s) for s in UNDECLARED]) <= MOST_SILENT


def test_no_host_gets_more_than_the_sum_of_what_is_stated() -> None:
    assert sum(s.max_packets * len(s.udp_ports) for s in UNDECLARED) <= MOST
