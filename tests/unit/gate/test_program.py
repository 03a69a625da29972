"""A scanner program is enclosed: whatever it does, the host gets only what the gate lets through."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from sekisho.errors import ProbeError
from sekisho.gate import relay
from sekisho.gate.pacing import GateRefused, Stopped
from sekisho.model.ledger import Entry
from sekisho.model.subjects import IPAddress
from sekisho.model.transcript import EventKind
from tests.property.paces import STANDARD, lab
from tests.unit.gate.posts import FAST, Bench, bench
from tests.unit.gate.segment import PEER_V4, PEER_V6, Capture, Packet, Segment
from tests.unit.gate.test_packets import answers, greets, never_closes

pytestmark = [pytest.mark.lab, pytest.mark.privileged, pytest.mark.timeout(60)]

HAMMER = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
for _ in range(30):
    try:
        with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as s:
            s.sendall(b"x" * 1000)
            print(len(s.recv(100)), flush=True)
    except OSError as error:
        print(type(error).__name__, flush=True)
"""
"""A program without manners: thirty connections with payload, as fast as it can."""
WANDERER = """
import socket, sys
for address, port in ((sys.argv[1], 9), ("192.0.2.3", 80), ("198.51.100.2", 80), ("127.0.0.1", 80)):
    try:
        socket.create_connection((address, port), 1)
        print("reached")
    except OSError as error:
        print(type(error).__name__)
"""
"""A program that looks elsewhere: another port of the host, other hosts."""


async def replies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(4096):
        writer.write(b"y" * 100)
    writer.close()


async def start(post: Bench, address: IPAddress, ports: Sequence[int], *command: str) -> bytes:
    targets = [post.target(address, port) for port in ports]
    return await post.wire(targets[0]).run_tool(targets, command[0], command[1:])


async def captured(seen: Capture) -> list[Packet]:
    """Give everything that left us, to whomever, once the cable is quiet."""
    await asyncio.sleep(0.15)
    return seen.sent()


def peak(packets: Sequence[Packet]) -> int:
    """Give the most packets in any one second."""
    times = sorted(p.at for p in packets)
    return max((sum(t <= other < t + 1 for other in times) for t in times), default=0)


@pytest.mark.parametrize("address", [PEER_V4, PEER_V6], ids=["v4", "v6"])
async def test_a_hammering_program_is_paced_counted_and_cut_off(
    segment: Segment, tmp_path: Path, address: IPAddress
) -> None:
    pace = replace(FAST, host_packets_per_s=40, open_per_host=1)
    post = bench(tmp_path, segment.namespace, pace=pace)
    async with segment.server(replies, address=address) as port:
        with segment.capture() as seen:
            said = await start(post, address, [port], sys.executable, "-c", HAMMER, str(address), str(port))
            packets = await captured(seen)
    assert sum(post.rows.settled()) == len(packets)
    assert peak(packets) <= 40
    assert len(packets) <= relay.PACKETS_PER_PORT
    assert post.rows.kinds().count(Entry.CONNECT) <= relay.CONNECTIONS_PER_PORT
    assert said.split().count(b"ConnectionResetError") >= 30 - relay.CONNECTIONS_PER_PORT
    assert b"100" in said.split(), "what is let through is relayed"


async def test_it_reaches_no_other_port_and_no_other_host(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    async with segment.server(greets) as port:
        with segment.capture() as seen:
            said = await start(post, PEER_V4, [port], sys.executable, "-c", WANDERER, str(PEER_V4))
            assert await captured(seen) == []
    assert b"reached" not in said
    assert len(said.split()) == 4


async def test_a_connection_dropped_at_once_reaches_nobody(segment: Segment, tmp_path: Path) -> None:
    """So nmap's own port scan costs the host nothing."""
    post = bench(tmp_path, segment.namespace)
    look = "import socket,struct,sys\nwith socket.create_connection((sys.argv[1], int(sys.argv[2]))): print('open')"
    async with segment.server(greets) as port:
        with segment.capture() as seen:
            said = await start(post, PEER_V4, [port], sys.executable, "-c", look, str(PEER_V4), str(port))
            assert await captured(seen) == []
    assert said == b"open\n"


async def test_a_used_up_budget_ends_it(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace, pace=lab(budget=(20, 20, 20), read_timeout_s=0.3))
    async with segment.server(answers) as port:
        with pytest.raises(GateRefused, match="budget"):
            await start(post, PEER_V4, [port], sys.executable, "-c", HAMMER, str(PEER_V4), str(port))
    assert sum(post.rows.settled()) <= 20


async def test_a_stop_ends_it_within_a_second(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    async with segment.server(never_closes) as port:
        command = (sys.executable, "-c", HAMMER, str(PEER_V4), str(port))
        running = asyncio.create_task(start(post, PEER_V4, [port], *command))
        while Entry.CONNECT not in post.rows.kinds():  # noqa: ASYNC110 - rows in memory send no event
            await asyncio.sleep(0.02)
        post.gate.stop("test")
        begun = post.rows.kinds().count(Entry.CONNECT)
        with pytest.raises(Stopped):
            await asyncio.wait_for(running, 2.5)
    assert post.rows.kinds().count(Entry.CONNECT) == begun


async def test_a_missing_program_is_named(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    with pytest.raises(ProbeError, match="no-such-program is not installed"):
        await start(post, PEER_V4, [80], "no-such-program")
    assert post.rows.rows == []


async def test_a_failing_program_is_told_with_what_it_said(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    with pytest.raises(ProbeError, match="ended with 3: bad luck"):
        await start(post, PEER_V4, [80], sys.executable, "-c", "import sys; sys.stderr.write('bad luck'); sys.exit(3)")


@pytest.mark.skipif(shutil.which("nmap") is None, reason="needs nmap")
async def test_nmap_at_the_standard_pace_keeps_every_limit(segment: Segment, tmp_path: Path) -> None:
    """nmap's own options don't bound it (docs/operations/nmap.md); the relay does, and nmap still gets its answer."""
    post = bench(tmp_path, segment.namespace, pace=replace(STANDARD, budget=(None, None, None)))

    async def ftp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 (vsFTPd 3.0.5)\r\n")
        await reader.read()
        writer.close()

    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(b"HTTP/1.0 200 OK\r\nServer: nginx/1.24.0\r\n\r\n")
        writer.close()

    async with segment.server(ftp) as first, segment.server(web) as second:
        ports = sorted((first, second))
        arguments = ("-n", "-Pn", "-sT", "-sV", "--max-parallelism", "1", "--version-intensity", "2")
        listed = ",".join(map(str, ports))
        with segment.capture() as seen:
            xml = await start(post, PEER_V4, ports, "nmap", *arguments, "-p", listed, "-oX", "-", str(PEER_V4))
            packets = await captured(seen)
    assert b'product="vsftpd" version="3.0.5"' in xml
    assert b'product="nginx" version="1.24.0"' in xml
    assert sum(post.rows.settled()) == len(packets) > 0
    assert peak(packets) <= STANDARD.host_packets_per_s
    assert {p.port for p in packets} == set(ports)


async def test_what_it_said_and_heard_is_evidence(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    ask = (
        "import socket,sys\nwith socket.create_connection((sys.argv[1], int(sys.argv[2]))) as s:"
        "\n s.sendall(b'hello'); s.recv(1); print('done')"
    )
    async with segment.server(answers) as port:
        target = post.target(ip_address(PEER_V4), port)
        wire = post.wire(target)
        await wire.run_tool([target], sys.executable, ["-c", ask, str(PEER_V4), str(port)])
    events = wire.transcript("test", 1).events
    assert b"hello" in b"".join(e.data for e in events if e.kind is EventKind.SENT)
    assert b"HTTP/1.1" in b"".join(e.data for e in events if e.kind is EventKind.RECEIVED)
    assert [e.data for e in events if e.kind is EventKind.FILE] == [b"done\n"]
