"""The kernel's wall, limit and counters, on a real segment: what tries to get past them does not."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import pytest

from sekisho.errors import ProbeError
from sekisho.gate.interfaces import interface_names
from sekisho.gate.kernel import KernelWitness, removals
from sekisho.gate.namespaces import Namespace
from sekisho.gate.rules import Rules
from sekisho.gate.sockets import tcp_socket
from sekisho.gate.wire import ConnectFailed
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from tests.property.paces import GENTLE, STANDARD
from tests.unit.gate.posts import Bench, bench
from tests.unit.gate.segment import OUR_MAC, OURS_V4, OURS_V6, PEER_MAC, PEER_V4, PEER_V6, Behaviour, Packet, Segment
from tests.unit.gate.test_packets import closes_when_we_do, greets, talks_long

pytestmark = [pytest.mark.lab, pytest.mark.privileged, pytest.mark.timeout(60)]
STRANGER = ip_address("192.0.2.66")
PACES = pytest.mark.parametrize("pace", [GENTLE, STANDARD], ids=lambda p: p.name)


async def drips_fast(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(400):
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.01)


async def pours(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock = writer.get_extra_info("socket")
    for _ in range(300):  # past the stream's own buffer, so that each byte is a segment
        os.write(sock.fileno(), b".")
    await reader.read()


@contextmanager
def walled(
    segment: Segment, pace: Pace, *, admitted: tuple[IPAddress, ...] = (PEER_V4, PEER_V6), kept: tuple[str, ...] = ()
) -> Iterator[KernelWitness]:
    """Load the rules for the length of a block; the test itself is inside the cgroup."""
    witness = KernelWitness(segment.namespace, f"test{os.getpid()}")
    names = interface_names(segment.namespace)
    witness.begin(Rules(admitted, (9100,), (OURS_V4, OURS_V6), pace.host_packets_per_s, names, kept))
    try:
        assert (witness.counting, witness.confined, witness.guards_frames) == (True, True, True)
        yield witness
    finally:
        witness.end()


def busiest(packets: list[Packet]) -> int:
    """Give the most packets in any one-second window."""
    times = sorted(p.at for p in packets)
    return max((sum(1 for t in times if first <= t < first + 1.0) for first in times), default=0)


async def listen(post: Bench, address: IPAddress, port: int, *, seconds: float) -> None:
    """Connect and read for a while."""
    wire = post.wire(target := post.target(address, port))
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    try:
        stream = await wire.connect(target, timeout_s=3)
        while loop.time() < until and await stream.receive(2048, timeout_s=0.3):
            pass
    except ConnectFailed:
        pass
    finally:
        await wire.end()


@PACES
@pytest.mark.parametrize("address", [PEER_V4, PEER_V6], ids=["v4", "v6"])
@pytest.mark.parametrize("peer", [drips_fast, pours, talks_long], ids=lambda p: p.__name__)
async def test_a_peer_that_talks_without_end_draws_no_more_than_the_pace(
    segment: Segment, tmp_path: Path, address: IPAddress, peer: Behaviour, pace: Pace
) -> None:
    post = bench(tmp_path, segment.namespace, pace=pace)
    async with segment.server(peer, address=address) as port:
        with walled(segment, pace) as witness, segment.capture() as seen:
            await listen(post, address, port, seconds=2.5)
            packets: list[Packet] = []
            for _ in range(25):  # the kernel still answers a peer that goes on, between the one reading and the other
                await asyncio.sleep(0.2)
                packets += [p for p in seen.sent() if p.to == address and p.protocol == 6]
                counted = witness._read()
                if counted[str(address)] == len(packets):
                    break
    assert 0 < busiest(packets) <= pace.host_packets_per_s
    assert counted[str(address)] == len(packets)


@PACES
async def test_what_was_reserved_is_never_held_back(segment: Segment, tmp_path: Path, pace: Pace) -> None:
    post = bench(tmp_path, segment.namespace, pace=pace)
    async with segment.server(greets) as greeting, segment.server(closes_when_we_do) as quiet:
        with walled(segment, pace), segment.capture() as seen:
            for _ in range(3):
                for port in (greeting, quiet, 1):
                    await listen(post, PEER_V4, port, seconds=0.2)
            rules = dropped(segment)
            packets = seen.sent()
    assert len([p for p in packets if p.flags == 2]) == 9, "a SYN was sent again"
    assert rules == 0
    assert busiest(packets) <= pace.host_packets_per_s


def dropped(segment: Segment) -> int:
    """Count what the chain that holds the pace dropped."""
    enter = ["nsenter", f"--net=/proc/{segment.ours}/ns/net", "nft", "list", "ruleset"]
    text = subprocess.run(enter, text=True, check=True, capture_output=True).stdout
    chain = text.split("chain once {", 1)[1].split("}\n\n", 1)[0]
    return sum(int(line.split("packets ")[1].split()[0]) for line in chain.splitlines() if line.endswith(" drop"))


def arp(target: str, receiver: str = "ff:ff:ff:ff:ff:ff") -> bytes:
    """Build an ARP request."""
    ours = bytes.fromhex(OUR_MAC.replace(":", ""))
    head = bytes.fromhex(receiver.replace(":", "")) + ours + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x800, 6, 4, 1)
    return head + ours + IPv4Address(str(OURS_V4)).packed + bytes(6) + IPv4Address(target).packed


def datagram(target: str, ports: tuple[int, int] = (5, 5)) -> bytes:
    """Build a UDP packet in a frame, checksums left out."""
    ours, receiver = (bytes.fromhex(m.replace(":", "")) for m in (OUR_MAC, PEER_MAC))
    ends = IPv4Address(str(OURS_V4)).packed + IPv4Address(target).packed
    header = struct.pack("!BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0)
    return receiver + ours + b"\x08\x00" + header + ends + struct.pack("!HHHH", *ports, 8, 0)


def test_frames_past_the_gate_are_held_back(segment: Segment) -> None:
    with (
        walled(segment, GENTLE, kept=("02:00:00:00:00:66",)),
        segment.namespace.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw,
        segment.capture() as seen,
    ):
        raw.bind(("cable0", 0x0806))
        held = (
            arp(str(STRANGER)),
            arp(str(PEER_V4), "02:00:00:00:00:66"),
            datagram(str(PEER_V4)),
            datagram(str(STRANGER)),
        )
        for frame in held:
            with pytest.raises(OSError, match="buffer"):
                raw.send(frame)
        raw.send(arp(str(PEER_V4)))
        raw.bind(("cable0", 0x0800))
        raw.send(datagram("192.0.2.255", (68, 67)))  # the machine must be able to keep its own address
        left = [(str(p.to), p.protocol) for p in seen.sent()]
    assert left == [(str(PEER_V4), 0), ("192.0.2.255", 17)]


def test_a_neighbour_is_asked_for_only_when_it_is_admitted(segment: Segment) -> None:
    script = (
        "import socket,sys;from scanners.hosts.frames import ScapyFrames\n"
        "s=socket.socket(socket.AF_PACKET,socket.SOCK_RAW);s.bind(('cable0',0x86DD))\n"
        "for target in sys.argv[1:]:\n"
        f"  f=ScapyFrames().build_neighbour_solicitation('{OUR_MAC}','{OURS_V6}',target)\n"
        "  try: s.send(f); print('left')\n"
        "  except OSError: print('held')\n"
    )
    with walled(segment, GENTLE):
        enter = ["nsenter", f"--net=/proc/{segment.ours}/ns/net", sys.executable, "-c", script]
        done = subprocess.run([*enter, str(PEER_V6), "2001:db8::1:2"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["left", "held"]  # the second shares its solicited-node group with the first


def test_sockets_past_the_gate_are_held_back(segment: Segment) -> None:
    with walled(segment, GENTLE), segment.capture() as seen:
        for address, port in ((str(STRANGER), 5), (str(PEER_V4), 9100)):
            with (
                segment.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain,
                pytest.raises(PermissionError),
            ):
                plain.sendto(b"x", (address, port))
        with (
            segment.namespace.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw,
            pytest.raises(PermissionError),
        ):
            raw.sendto(b"\x08\x00\xf7\xff\x00\x00\x00\x00", (str(STRANGER), 0))
        assert [p for p in seen.sent() if p.to == STRANGER or p.port == 9100] == []


async def test_a_datagram_our_own_machine_holds_back_is_no_fact_about_the_peer(
    segment: Segment, tmp_path: Path
) -> None:
    post = bench(tmp_path, segment.namespace)
    with walled(segment, GENTLE, admitted=(PEER_V6,)), segment.datagram_peer() as peer:
        wire = post.wire(target := post.target(PEER_V4, peer.getsockname()[1], transport="udp"))
        with pytest.raises(ProbeError, match="packet filter of this machine"):
            await wire.ask(target, b"ping")
        with pytest.raises(ProbeError, match="packet filter of this machine"):
            await post.wire(target).echo(target)
        with pytest.raises(ProbeError, match="packet filter of this machine"):
            await post.wire(target).syn([target])


def test_others_on_this_machine_go_on_as_before(segment: Segment) -> None:
    witness = KernelWitness(segment.namespace, f"test{os.getpid()}")
    send = "import socket;socket.socket(socket.AF_INET,socket.SOCK_DGRAM).sendto(b'x',('192.0.2.66',5))"
    enter = ["nsenter", f"--net=/proc/{segment.ours}/ns/net", sys.executable, "-c"]
    wait = f"input();{send};print('sent')"
    with subprocess.Popen([*enter, wait], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        names = interface_names(segment.namespace)
        witness.begin(Rules((PEER_V4,), (), (OURS_V4,), GENTLE.host_packets_per_s, names))
        try:
            said, _ = other.communicate("go\n", timeout=20)
        finally:
            witness.end()
    assert said == "sent\n"


async def test_a_syn_leaves_once_however_late_we_give_up(segment: Segment) -> None:
    with (
        walled(segment, STANDARD),
        segment.rules("chain input { type filter hook input priority 0; tcp dport 4444 drop; }"),
        segment.capture() as seen,
    ):
        with tcp_socket(segment.namespace, PEER_V4, window=None) as sock:
            sock.bind((str(OURS_V4), 62_777))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1.6):  # past the kernel's first repetition
                    await asyncio.get_running_loop().sock_connect(sock, (str(PEER_V4), 4444))
        syns = [p for p in seen.sent() if p.port == 4444]
    assert len(syns) == 1


async def test_the_ledger_counts_the_one_syn_that_the_wall_let_out(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace, pace=replace(STANDARD, connect_timeout_s=1.6))  # one repetition
    with (
        walled(segment, STANDARD),
        segment.rules("chain input { type filter hook input priority 0; tcp dport 4444 drop; }"),
        segment.capture() as seen,
    ):
        post.gate.walled = True
        with pytest.raises(ConnectFailed):
            await post.wire(target := post.target(PEER_V4, 4444)).connect(target)
        assert len([p for p in seen.sent() if p.port == 4444]) == 1
    assert post.rows.settled() == [1]


def test_what_a_killed_survey_leaves_is_named_with_its_removal(segment: Segment) -> None:
    places = {"": Namespace(), "ward": segment.namespace}
    with walled(segment, GENTLE) as witness:
        table, cgroup, home = witness._table, witness._cgroup, witness._home
        assert cgroup is not None
        assert home is not None
        assert not [c for c in removals(places) if table in c], "a survey that runs leaves nothing behind"
        (home / "cgroup.procs").write_text(str(os.getpid()), "ascii")  # the survey's process is gone
        named = [c for c in removals(places) if table in c]
        assert named == [
            f"ip netns exec ward nft delete table inet {table}",
            f"ip netns exec ward nft delete table netdev {table}",
            f"rmdir {cgroup}",
        ]
    assert not [c for c in removals(places) if table in c]
