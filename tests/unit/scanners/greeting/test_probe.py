from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from scanners.greeting.parse import MOST_BYTES
from scanners.greeting.probe import CLIENT_FIRST, SCANNER, UNTOUCHED
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Greeting
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind
from tests.unit.scanners.fakes import FakeWire, Loopback, Peer, Scripted, Unreachable, job
from tests.unit.scanners.ports.real_gate import real_gate, through_gate


def view(port: int, *, tier: Tier = Tier.T2, transport: str = "tcp", greeting: Greeting | None = None) -> ServiceView:
    return ServiceView(ip_address("192.0.2.9"), transport, port, tier, greeting=greeting)


@pytest.mark.parametrize("port", [21, 22, 23, 25, 110, 143, 3306, 5900, 2222, 40000])
def test_it_applies_where_a_server_may_speak_first(port: int) -> None:
    assert SCANNER.applies(view(port))


@pytest.mark.parametrize("port", sorted({80, 443, 8080, 8443} | UNTOUCHED | CLIENT_FIRST))
def test_it_never_applies_to_web_tls_dicom_hl7_and_printers(port: int) -> None:
    assert not SCANNER.applies(view(port, tier=Tier.T3))


@pytest.mark.parametrize(
    "not_for_us",
    [
        view(21, tier=Tier.T1),
        view(21, tier=Tier.T0),
        view(161, transport="udp"),
        view(22, greeting=Greeting("ssh", "", 9)),
    ],
)
def test_it_applies_to_t2_tcp_once(not_for_us: ServiceView) -> None:
    assert not SCANNER.applies(not_for_us)


async def listen(peer: Peer, port: int = 2100) -> tuple[Reading, FakeWire]:
    wire = FakeWire(job("greeting", port), peer)
    await SCANNER.run(wire.job, wire)
    return SCANNER.read(wire.transcript()), wire


def greeting_of(reading: Reading) -> Greeting:
    ((_, fact),) = reading.facts
    assert isinstance(fact, Greeting)
    return fact


async def test_it_says_nothing_itself() -> None:
    peer = Scripted(b"\xff\xfd\x18", b"\r\nlogin: ", then="silent")
    reading, wire = await listen(peer, 23)
    assert greeting_of(reading) == Greeting("telnet", "login:", 12)
    assert peer.sent == []
    assert EventKind.SENT not in {e.kind for e in wire.transcript().events}


async def test_it_stops_at_the_first_line_of_a_known_protocol() -> None:
    waited: list[str] = []

    class Waiting(Scripted):
        async def receive(self, limit: int) -> bytes:
            waited.append("read")
            return await super().receive(limit)

        async def finish(self) -> None:
            waited.append("finish")

    await listen(Waiting(b"220 (vsFTPd", b" 3.0.5)\r\n"))
    assert waited == ["read", "read", "finish", "read"]


async def test_it_takes_no_more_than_the_limit() -> None:
    reads: list[int] = []

    class Endless(Scripted):
        async def receive(self, limit: int) -> bytes:
            reads.append(limit)
            return b"x" * piece if len(reads) <= 2 * MOST_BYTES else b""

    piece = MOST_BYTES - 1
    reading, _ = await listen(Endless())
    assert greeting_of(reading).protocol == "unknown"
    assert reads[:2] == [MOST_BYTES, 1]  # the limit shrinks with what has come
    reads.clear()
    piece = 1
    await listen(Endless())
    assert reads == [MOST_BYTES, MOST_BYTES - 1, MOST_BYTES - 2, MOST_BYTES - 3, MOST_BYTES - 4]  # nor in more pieces


@pytest.mark.parametrize("then", ["silent", "closed", "reset"])
async def test_a_service_without_a_word_is_silent(then: str) -> None:
    reading, _ = await listen(Scripted(then=then))
    assert greeting_of(reading) == Greeting("silent", "", 0)


async def test_a_failed_connect_is_left_to_the_caller() -> None:
    wire = FakeWire(job("greeting", 21), Unreachable(Outcome.REFUSED))
    with pytest.raises(ConnectFailed):
        await SCANNER.run(wire.job, wire)
    assert SCANNER.read(wire.transcript()).outcome is Outcome.REFUSED


@asynccontextmanager
async def serving(text: bytes) -> AsyncIterator[int]:
    server = await asyncio.start_server(lambda _r, w: w.write(text), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("text", "protocol"), [(b"220 (vsFTPd 3.0.5)\r\n", "ftp"), (b"220 mx ESMTP\r\n", "smtp"), (b"RFB 003.008\n", "vnc")]
)
async def test_real_greeters_on_loopback(text: bytes, protocol: str) -> None:
    async with serving(text) as port:
        reading, _ = await listen(Loopback(), port)
    assert greeting_of(reading) == Greeting(protocol, text.decode().strip(), len(text))


async def test_it_costs_no_more_packets_than_declared(tmp_path: Path) -> None:
    gate, _ = real_gate(tmp_path)
    async with serving(b"220 (vsFTPd 3.0.5)\r\n") as port:
        _, reading = await through_gate(SCANNER, job("greeting", port), gate)
    assert greeting_of(reading).protocol == "ftp"
    assert gate.pacer.spent("127.0.0.1") <= SCANNER.max_packets


async def test_a_server_that_bans_us_is_no_greeting_and_no_fault_of_the_protocol() -> None:
    wire = FakeWire(job("greeting", 22), Scripted(b"Not allowed at this time\r\n"))
    await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())
    assert reading == Reading(Outcome.HOST_GONE, (), "shut out: the service says 'Not allowed at this time'")
