"""What we count is what left: every packet of ours on the cable, for every way a peer can behave."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from pathlib import Path

import pytest

from sekisho.gate.sockets import SOURCE_PORTS
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier
from tests.property.paces import GENTLE
from tests.unit.gate.posts import FAST, Bench, bench
from tests.unit.gate.segment import PEER_V4, PEER_V6, Behaviour, Capture, Packet, Segment

pytestmark = [pytest.mark.lab, pytest.mark.privileged, pytest.mark.timeout(30)]
FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16


async def closes_when_we_do(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def closes_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 ready\r\n")
    await reader.read()
    writer.close()


async def talks_long(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"x" * 100_000)
    await reader.read()
    writer.close()


async def never_closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    await asyncio.sleep(5)


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.05)


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)
    writer.write(b"HTTP/1.1 200 OK\r\n" + b"y" * 9000)
    await reader.read()
    writer.close()


PEERS = [closes_when_we_do, closes_at_once, greets, talks_long, never_closes, drips, resets]


async def settled_and_captured(post: Bench, seen: Capture, address: IPAddress) -> tuple[int, list[Packet]]:
    """Wait until the cable is quiet; give what the ledger says and what left."""
    await asyncio.sleep(0.15)
    packets = [p for p in seen.sent() if p.protocol == 6 and p.to == address]
    return sum(post.rows.settled()), packets


@pytest.mark.parametrize("address", [PEER_V4, PEER_V6], ids=["v4", "v6"])
@pytest.mark.parametrize("tier", [Tier.T1, Tier.T2], ids=str)
@pytest.mark.parametrize("peer", PEERS, ids=lambda p: p.__name__)
async def test_connect_and_close_counts_what_left(
    segment: Segment, tmp_path: Path, address: IPAddress, tier: Tier, peer: Behaviour
) -> None:
    post = bench(tmp_path, segment.namespace)
    async with segment.server(peer, address=address) as port:
        with segment.capture() as seen:
            wire = post.wire(target := post.target(address, port, tier=tier))
            stream = await wire.connect(target)
            await asyncio.sleep(0.05)
            await stream.close()
            counted, packets = await settled_and_captured(post, seen, address)
    assert counted == len(packets), " ".join(f"{p.flags:02x}" for p in packets)
    assert post.gate.pacer.spent(str(address)) == counted
    assert all(p.source_port in SOURCE_PORTS for p in packets)
    ended = [p.flags for p in packets if p.flags & (FIN | RST)]
    if peer is not resets:
        assert ended[0] & FIN, "T1 closes in order"


async def exchange(post: Bench, address: IPAddress, port: int, *, reads: int) -> None:
    wire = post.wire(target := post.target(address, port))
    try:
        stream = await wire.connect(target)
        await stream.send(b"GET / HTTP/1.1\r\n\r\n")
        for _ in range(reads):
            if not await stream.receive(2048, timeout_s=0.2):
                break
    finally:
        await wire.end()


@pytest.mark.parametrize(
    ("peer", "pace"),
    [(p, FAST) for p in (answers, talks_long, greets, never_closes, resets)] + [(greets, GENTLE), (talks_long, GENTLE)],
    ids=lambda v: getattr(v, "__name__", None) or v.name,
)
async def test_an_exchange_counts_what_left(segment: Segment, tmp_path: Path, peer: Behaviour, pace: Pace) -> None:
    post = bench(tmp_path, segment.namespace, pace=pace)
    async with segment.server(peer) as port:
        with segment.capture() as seen:
            with contextlib.suppress(ConnectFailed):
                await exchange(post, PEER_V4, port, reads=8 if pace is FAST else 2)
            counted, packets = await settled_and_captured(post, seen, PEER_V4)
    assert counted == len(packets), " ".join(f"{p.flags:02x}" for p in packets)


async def refused(post: Bench, address: IPAddress, port: int) -> Outcome:
    wire = post.wire(target := post.target(address, port))
    with pytest.raises(ConnectFailed) as caught:
        await wire.connect(target)
    return caught.value.outcome


@pytest.mark.parametrize("address", [PEER_V4, PEER_V6], ids=["v4", "v6"])
async def test_a_closed_port_costs_one_packet(segment: Segment, tmp_path: Path, address: IPAddress) -> None:
    post = bench(tmp_path, segment.namespace)
    with segment.capture() as seen:
        assert await refused(post, address, 9) is Outcome.REFUSED
        counted, packets = await settled_and_captured(post, seen, address)
    assert (counted, len(packets)) == (1, 1)


@pytest.mark.parametrize("address", [PEER_V4, PEER_V6], ids=["v4", "v6"])
async def test_a_silent_port_costs_one_packet(segment: Segment, tmp_path: Path, address: IPAddress) -> None:
    post = bench(tmp_path, segment.namespace, pace=GENTLE)
    drop = "chain entry {\ntype filter hook input priority 0; tcp dport 4000 drop\n}"
    with segment.rules(drop), segment.capture() as seen:
        assert await refused(post, address, 4000) is Outcome.TIMEOUT
        await asyncio.sleep(0.4)  # past the kernel's first retransmission
        counted, packets = await settled_and_captured(post, seen, address)
    assert (counted, len(packets)) == (1, 1)
