from __future__ import annotations

import asyncio
import shutil
from ipaddress import ip_address
from pathlib import Path

import pytest

from scanners.nmap.probe import SCANNER
from sekisho.errors import ProbeError
from sekisho.gate.wire import Job
from sekisho.model.attempts import Outcome
from sekisho.model.facts import ServiceDetected
from sekisho.model.services import ServiceView
from sekisho.model.subjects import host
from sekisho.model.tiers import Tier
from tests.unit.scanners.fakes import FakeWire, Replies, job, target
from tests.unit.scanners.nmap.test_parse import DOCUMENT
from tests.unit.scanners.ports.real_gate import real_gate, through_gate


def nmap_job(*ports: int) -> Job:
    targets = tuple(target(port, address="192.0.2.9") for port in ports)
    return Job("test|nmap", "nmap", host(ip_address("192.0.2.9")), "management", targets)


async def test_it_starts_nmap_once_for_the_ports_that_may_be_asked() -> None:
    wire = FakeWire(nmap_job(443, 104, 9100, 22), replies=Replies(tool=DOCUMENT))
    await SCANNER.run(wire.job, wire)
    (note,) = wire.transcript().notes()
    assert note.endswith("-p 22,443 -oX - 192.0.2.9")
    assert SCANNER.read(wire.transcript()).outcome is Outcome.OK


async def test_nothing_is_started_when_no_port_is_left() -> None:
    wire = FakeWire(nmap_job(104, 11112), replies=Replies(tool=DOCUMENT))
    await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())
    assert (reading.outcome, reading.facts) == (Outcome.NOT_TRIED, ())


async def test_a_missing_nmap_is_an_error_of_ours() -> None:
    wire = FakeWire(nmap_job(22))
    with pytest.raises(ProbeError, match="not installed"):
        await SCANNER.run(wire.job, wire)


def test_it_applies_to_t3_when_wanted() -> None:
    address = ip_address("192.0.2.9")
    assert SCANNER.applies(ServiceView(address, "tcp", 22, Tier.T3, nmap_wanted=True))
    assert not SCANNER.applies(ServiceView(address, "tcp", 22, Tier.T3))
    assert not SCANNER.applies(ServiceView(address, "tcp", 22, Tier.T2, nmap_wanted=True))
    assert not SCANNER.applies(ServiceView(address, "udp", 161, Tier.T3, nmap_wanted=True))
    assert not SCANNER.applies(ServiceView(address, "tcp", 9100, Tier.T3, nmap_wanted=True))


@pytest.mark.skipif(shutil.which("nmap") is None, reason="needs nmap")
async def test_real_nmap_through_the_gate(tmp_path: Path) -> None:
    gate, rows = real_gate(tmp_path)
    greet = b"220 (vsFTPd 3.0.5)\r\n"
    server = await asyncio.start_server(lambda _r, w: w.write(greet), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        _, reading = await through_gate(SCANNER, job("nmap", port), gate)
    facts = [f for _, f in reading.facts]
    assert reading.outcome is Outcome.OK
    assert [(f.protocol, f.product, f.version) for f in facts if isinstance(f, ServiceDetected)] == [
        ("ftp", "vsftpd", "3.0.5")
    ]
    assert any(f"-p {port} -oX - 127.0.0.1" in row.note for row in rows.rows)
