from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from scanners.ports.probe import SCANNER
from sekisho.errors import ProbeError
from sekisho.gate.wire import Job
from sekisho.model.attempts import Outcome
from sekisho.model.facts import PortSeen, PortStatus
from sekisho.model.subjects import host
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind
from sekisho.scope import AdmittedTarget
from tests.unit.scanners.fakes import FakeWire, Link, Loopback, Replies, Scripted, Unreachable, target
from tests.unit.scanners.ports.real_gate import real_gate, through_gate


def ports_job(*ports: int, tier: Tier = Tier.T3, method: str = "connect") -> Job:
    address = ip_address("127.0.0.1")
    targets = tuple(target(port, tier=tier) for port in ports)
    options = {"ports": list(ports), "method": method}
    return Job("test|ports", "ports", host(address), "management", targets, options)


class Counting:
    """Counts how many are open at once."""

    def __init__(self) -> None:
        self.open_now = self.most = 0

    async def open(self, to: AdmittedTarget) -> Link:
        self.open_now += 1
        self.most = max(self.most, self.open_now)
        await asyncio.sleep(0)
        return self

    async def send(self, data: bytes) -> None:
        raise AssertionError(data)

    async def receive(self, limit: int) -> bytes:
        return b""

    async def finish(self) -> None:
        await asyncio.sleep(0)

    async def close(self, *, abort: bool) -> None:
        self.open_now -= 1


async def statuses(wire: FakeWire) -> list[PortStatus]:
    await SCANNER.run(wire.job, wire)
    return [f.status for _, f in SCANNER.read(wire.transcript()).facts if isinstance(f, PortSeen)]


async def test_t1_asks_one_at_a_time() -> None:
    peer = Counting()
    await statuses(FakeWire(ports_job(21, 22, 23, tier=Tier.T1), peer))
    assert peer.most == 1


async def test_t2_asks_together() -> None:
    peer = Counting()
    await statuses(FakeWire(ports_job(21, 22, 23, tier=Tier.T2), peer))
    assert peer.most == 3


async def test_no_payload_ever() -> None:
    wire = FakeWire(ports_job(21, 22, 23), Counting())
    await SCANNER.run(wire.job, wire)
    kinds = {e.kind for e in wire.transcript().events}
    assert kinds == {EventKind.CONNECT, EventKind.CONNECTED, EventKind.PEER_CLOSED, EventKind.CLOSED}


@pytest.mark.parametrize("tier", [Tier.T1, Tier.T2])
async def test_an_open_dicom_port_ends_the_round(tier: Tier) -> None:
    wire = FakeWire(ports_job(104, 22, 80, tier=tier), Scripted())
    assert await statuses(wire) == [PortStatus.OPEN]
    assert wire.connects == 1
    assert "nothing further" in SCANNER.read(wire.transcript()).detail


async def test_t2_asks_dicom_and_hl7_ports_first() -> None:
    wire = FakeWire(ports_job(22, 80, 2575), Scripted())
    assert await statuses(wire) == [PortStatus.OPEN]
    assert [e.port for e in wire.transcript().events if e.kind is EventKind.CONNECT] == [2575]


async def test_a_closed_dicom_port_ends_nothing() -> None:
    wire = FakeWire(ports_job(22, 104), Unreachable(Outcome.REFUSED), Scripted())
    assert await statuses(wire) == [PortStatus.OPEN, PortStatus.CLOSED]


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.TIMEOUT, Outcome.HOST_GONE, Outcome.FILTERED])
async def test_a_connect_that_fails_is_an_answer(outcome: Outcome) -> None:
    wire = FakeWire(ports_job(22, 23), Unreachable(outcome))
    await SCANNER.run(wire.job, wire)
    expected = Outcome.OK if outcome is Outcome.REFUSED else outcome
    assert SCANNER.read(wire.transcript()).outcome is expected


async def test_an_error_of_ours_ends_all_and_comes_through_as_it_is() -> None:
    class Broken:
        async def open(self, to: AdmittedTarget) -> Link:
            raise ProbeError("no route")

    with pytest.raises(ProbeError, match="no route"):
        await statuses(FakeWire(ports_job(22, 23), Broken()))


async def test_syn_asks_each_port_by_one_frame() -> None:
    wire = FakeWire(ports_job(22, 104, method="syn"), replies=Replies(syn={22: "open"}))
    await SCANNER.run(wire.job, wire)
    assert wire.connects == 0


async def test_syn_stops_at_an_open_dicom_port() -> None:
    wire = FakeWire(ports_job(22, 104, method="syn"), replies=Replies(syn={22: "open", 104: "open"}))
    await SCANNER.run(wire.job, wire)
    assert wire.transcript().notes() == ("port 104 is open: nothing further is asked",)


@asynccontextmanager
async def listening() -> AsyncIterator[int]:
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_real_ports_on_loopback() -> None:
    async with listening() as opened, listening() as closed:
        pass
    async with listening() as opened:
        found = await statuses(FakeWire(ports_job(*sorted({opened, closed})), Loopback()))
    assert sorted(found) == [PortStatus.CLOSED, PortStatus.OPEN]


async def test_an_open_port_costs_at_most_four_packets(tmp_path: Path) -> None:
    gate, _ = real_gate(tmp_path)
    async with listening() as opened:
        _, reading = await through_gate(SCANNER, ports_job(opened), gate)
    assert reading.outcome is Outcome.OK
    assert gate.pacer.spent("127.0.0.1") <= 4


class Forbidden:
    """A way that our own side does not open."""

    async def open(self, to: AdmittedTarget) -> Link:
        msg = f"forbidden to port {to.port}"
        raise ProbeError(msg)


async def test_a_port_that_our_side_cannot_ask_leaves_the_others_be() -> None:
    wire = FakeWire(ports_job(22, 23, 80), Forbidden(), Counting(), Unreachable(Outcome.REFUSED))
    with pytest.raises(ProbeError, match="forbidden to port 22"):
        await SCANNER.run(wire.job, wire)
    facts = [f for _, f in SCANNER.read(wire.transcript()).facts if isinstance(f, PortSeen)]
    assert [f.status for f in facts] == [PortStatus.OPEN, PortStatus.CLOSED]
    assert wire.transcript().notes() == ("port 22 not asked: forbidden to port 22",)
