from __future__ import annotations

import pytest

from scanners.pcp.parse import ANNOUNCE, OUTSIDE_ADDRESS
from scanners.pcp.probe import SCANNER
from sekisho.model.transcript import EventKind
from tests.unit.scanners.fakes import FakeWire, Replies, job


@pytest.mark.parametrize(
    ("address", "sent"), [("192.0.2.1", [OUTSIDE_ADDRESS, ANNOUNCE]), ("2001:db8::1", [ANNOUNCE, ANNOUNCE])]
)
async def test_nat_pmp_is_asked_by_ipv4_only(address: str, sent: list[bytes]) -> None:
    wire = FakeWire(job("pcp", 5351, address=address, transport="udp"), replies=Replies(datagrams=lambda _: []))
    await SCANNER.run(wire.job, wire)
    assert [e.data for e in wire.transcript().events if e.kind is EventKind.DATAGRAM_SENT] == sent


async def test_a_closed_port_is_asked_once() -> None:
    wire = FakeWire(job("pcp", 5351, address="192.0.2.1", transport="udp"), replies=Replies(refuses=True))
    await SCANNER.run(wire.job, wire)
    assert wire.datagrams == 1
