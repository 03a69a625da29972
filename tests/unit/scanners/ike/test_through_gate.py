"""The scanner through the real gate, against sockets on loopback: what leaves is counted, hostile peers end soon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from scanners.ike.build import MOST_BYTES
from scanners.ike.numbers import COOKIE
from scanners.ike.parse import parse_message
from scanners.ike.probe import SCANNER
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.facts import PortSeen, PortStatus
from sekisho.model.ledger import Entry
from sekisho.model.vpn_facts import IkeAnswer
from tests.unit.scanners.fakes import job
from tests.unit.scanners.ike.responder import PROOF, Responder, message, notify, plain
from tests.unit.scanners.ike.test_probe import PSK
from tests.unit.scanners.ports.real_gate import Rows, real_gate, through_gate

pytestmark = pytest.mark.timeout(60)
Answer = Callable[[bytes], Sequence[bytes]]
FAMILIES = pytest.mark.parametrize("address", ["127.0.0.1", "::1"], ids=["v4", "v6"])


class _Socket(asyncio.DatagramProtocol):
    """Answers as it is told to."""

    transport: asyncio.DatagramTransport

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        for reply in self.answer(data):
            self.transport.sendto(reply, addr)


@asynccontextmanager
async def responding(answer: Answer, address: str = "127.0.0.1") -> AsyncIterator[int]:
    """Answer on a free UDP port of loopback."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Socket(answer), (address, 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


def sent(rows: Rows) -> int:
    """Count the datagrams that the ledger says have left, and hold each against one packet."""
    settled = [r.packets for r in rows.rows if r.kind is Entry.SETTLE]
    assert set(settled) == {1}, "a message that is cut into fragments would count as more"
    return len(settled)


@FAMILIES
async def test_a_responder_of_both_versions(tmp_path: Path, address: str) -> None:
    gate, rows = real_gate(tmp_path)
    responder = Responder(two=(plain((12, 256), 5, 14), plain((3, 0), 2, 2)), one=(PSK,), aggressive=True)
    async with responding(responder, address) as port:
        asked = job("ike", port, address=address, transport="udp", options={"answered": []})
        wire, reading = await through_gate(SCANNER, asked, gate)
    found = {f.exchange: f for _, f in reading.facts if isinstance(f, IkeAnswer)}
    assert found["init"].encryption == ("3des", "aes-cbc-256")
    assert found["main"].suites[0] == "3des/sha1/modp1024/psk"
    assert found["aggressive"].hash_bytes == len(PROOF)
    assert PROOF not in wire.transcript("ike", 1).to_bytes()
    assert len(responder.heard) == sent(rows) <= SCANNER.max_packets


async def test_a_closed_port_gets_one_datagram(tmp_path: Path) -> None:
    gate, rows = real_gate(tmp_path)
    async with responding(lambda _: []) as port:
        pass
    asked = job("ike", port, transport="udp", options={"answered": []})
    wire = gate.wire(asked, SCANNER.mask)
    with pytest.raises(ConnectFailed):
        await SCANNER.run(asked, wire)
    reading = SCANNER.read(wire.transcript("ike", 1))
    assert reading.outcome is Outcome.REFUSED
    assert reading.facts[1][1] == PortSeen(PortStatus.CLOSED, "connect")
    assert sent(rows) == 1


def flood(datagram: bytes) -> Sequence[bytes]:
    return [datagram[:16] + b"\x29\x20\x22\x20" + bytes(4) + b"\xff\xff\xff\xff"] * 50


@pytest.mark.parametrize("size", [65, 3000, 60000])
async def test_a_cookie_that_is_none_is_not_sent_back(tmp_path: Path, size: int) -> None:
    """RFC 7296 2.6: 1 to 64 bytes. What is longer would make of our one packet as many as the peer likes."""
    heard: list[bytes] = []

    def demanding(datagram: bytes) -> Sequence[bytes]:
        heard.append(datagram)
        asked = parse_message(datagram)
        return [message(asked, [(41, notify(COOKIE, b"x" * size))])] if asked.version == 2 else []

    gate, rows = real_gate(tmp_path)
    async with responding(demanding) as port:
        await through_gate(SCANNER, job("ike", port, transport="udp", options={"answered": []}), gate)
    assert [len(d) for d in heard if len(d) > MOST_BYTES] == []
    assert sum(parse_message(d).version == 2 for d in heard) == 1
    assert sent(rows) == len(heard)


@pytest.mark.parametrize(
    "hostile",
    [lambda _: [b"\xff" * 60000], lambda d: [d], flood, lambda d: [d[: len(d) // 2]]],
    ids=["huge", "echo", "flood", "truncated"],
)
async def test_hostile_answers_end_soon(tmp_path: Path, hostile: Answer) -> None:
    gate, rows = real_gate(tmp_path)
    async with responding(hostile) as port:
        _, reading = await through_gate(SCANNER, job("ike", port, transport="udp", options={"answered": []}), gate)
    assert reading.outcome is Outcome.PROTOCOL_ERROR
    assert not [f for _, f in reading.facts if isinstance(f, IkeAnswer)]
    assert sent(rows) == 3, "an answer that is none: version 2, main and aggressive mode are asked once each"


async def test_what_is_asked_is_what_a_peer_can_read(tmp_path: Path) -> None:
    gate, _ = real_gate(tmp_path)
    heard: list[bytes] = []

    def listen(datagram: bytes) -> Sequence[bytes]:
        heard.append(datagram)
        return [b"?"]

    async with responding(listen) as port:
        await through_gate(SCANNER, job("ike", port, transport="udp", options={"answered": []}), gate)
    assert [(m.version, m.exchange) for m in map(parse_message, heard)] == [(2, 34), (1, 2), (1, 4)]
