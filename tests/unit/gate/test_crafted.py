"""Datagrams, echo, ARP, neighbour discovery, crafted SYNs and scanner programs, on a real segment."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from ipaddress import ip_address
from pathlib import Path

import pytest

from sekisho.errors import ProbeError, StoreError
from sekisho.gate.interfaces import neighbour_interface, route_to
from sekisho.gate.kernel import KernelWitness
from sekisho.gate.pacing import Stopped
from sekisho.gate.rules import Rules
from sekisho.gate.sockets import SOURCE_PORTS
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.ledger import Entry
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind
from tests.property.paces import GENTLE, STANDARD
from tests.unit.gate.posts import Bench, bench, kinds
from tests.unit.gate.segment import BEHIND, OURS_V4, OURS_V6, PEER_MAC, PEER_V4, PEER_V6, Segment
from tests.unit.gate.test_packets import SYN, closes_when_we_do

pytestmark = [pytest.mark.lab, pytest.mark.privileged, pytest.mark.timeout(30)]
BOTH = pytest.mark.parametrize("address", [PEER_V4, PEER_V6], ids=["v4", "v6"])
NOBODY = {4: ip_address("192.0.2.77"), 6: ip_address("2001:db8::77")}


@BOTH
async def test_a_datagram_and_its_replies(segment: Segment, tmp_path: Path, address: IPAddress) -> None:
    post = bench(tmp_path, segment.namespace)
    with segment.datagram_peer(address=address) as peer, segment.datagram_peer(address=address) as stranger:
        target = post.target(address, peer.getsockname()[1], transport="udp")
        wire = post.wire(target)
        asking = asyncio.create_task(wire.ask(target, b"ping", answers=2))
        loop = asyncio.get_running_loop()
        question, sender = await loop.sock_recvfrom(peer, 100)
        stranger.sendto(b"not for us", sender)  # another port: not an answer
        peer.sendto(b"one", sender)
        peer.sendto(b"two", sender)
        assert await asking == [b"one", b"two"]
    assert question == b"ping"
    assert sender[1] in SOURCE_PORTS
    assert kinds(wire) == [EventKind.DATAGRAM_SENT, EventKind.DATAGRAM_RECEIVED, EventKind.DATAGRAM_RECEIVED]
    assert [(r.kind, r.transport) for r in post.rows.rows] == [
        (Entry.START, "udp"), (Entry.DATAGRAM, "udp"), (Entry.SETTLE, "udp"),
    ]  # fmt: skip


@BOTH
async def test_a_farewell_leaves_from_the_same_port_and_is_counted(
    segment: Segment, tmp_path: Path, address: IPAddress
) -> None:
    post = bench(tmp_path, segment.namespace)
    with segment.datagram_peer(address=address) as peer:
        wire = post.wire(target := post.target(address, peer.getsockname()[1], transport="udp"))
        asking = asyncio.create_task(wire.ask(target, b"ping", farewell=lambda reply: b"bye " + reply))
        loop = asyncio.get_running_loop()
        _, sender = await loop.sock_recvfrom(peer, 100)
        peer.sendto(b"one", sender)
        assert await asking == [b"one"]
        assert await loop.sock_recvfrom(peer, 100) == (b"bye one", sender)
    assert kinds(wire) == [EventKind.DATAGRAM_SENT, EventKind.DATAGRAM_RECEIVED, EventKind.DATAGRAM_SENT]
    assert [(r.kind, r.packets) for r in post.rows.rows][1:] == [
        (Entry.DATAGRAM, 1), (Entry.DATAGRAM, 1), (Entry.SETTLE, 2),
    ]  # fmt: skip


@BOTH
async def test_no_farewell_to_who_said_nothing(segment: Segment, tmp_path: Path, address: IPAddress) -> None:
    post = bench(tmp_path, segment.namespace)
    with segment.datagram_peer(address=address) as peer:
        wire = post.wire(target := post.target(address, peer.getsockname()[1], transport="udp"))
        assert await wire.ask(target, b"ping", wait_s=0.1, farewell=lambda reply: reply) == []
    assert [(r.kind, r.packets) for r in post.rows.rows][1:] == [(Entry.DATAGRAM, 1), (Entry.SETTLE, 1)]
    state = post.gate.pacer._hosts[str(address)]
    assert (state.reserved, state.spent) == (0, 1)


@BOTH
async def test_a_silent_datagram_peer(segment: Segment, tmp_path: Path, address: IPAddress) -> None:
    post = bench(tmp_path, segment.namespace)
    with segment.datagram_peer(address=address) as peer:
        wire = post.wire(target := post.target(address, peer.getsockname()[1], transport="udp"))
        assert await wire.ask(target, b"ping", wait_s=0.1) == []
    assert kinds(wire)[-1] is EventKind.TIMEOUT


@BOTH
async def test_answers_that_come_too_late_draw_no_errors_of_our_kernel(
    segment: Segment, tmp_path: Path, address: IPAddress
) -> None:
    """A host that repeats its answer would get an ICMP error for each: packets that no ledger and no budget knows."""
    post = bench(tmp_path, segment.namespace)
    witness = KernelWitness(segment.namespace, f"late{address.version}")
    witness.begin(Rules((address,), (), (OURS_V4, OURS_V6), GENTLE.host_packets_per_s))
    try:
        with segment.datagram_peer(address=address) as peer, segment.capture() as seen:
            wire = post.wire(target := post.target(address, peer.getsockname()[1], transport="udp"))
            asking = asyncio.create_task(wire.ask(target, b"ping"))
            _, sender = await asyncio.get_running_loop().sock_recvfrom(peer, 100)
            peer.sendto(b"one", sender)
            assert await asking == [b"one"]
            for _ in range(5):
                peer.sendto(b"again", sender)
            await asyncio.sleep(0.1)
            assert [p.protocol for p in seen.sent()] == [17]
            asyncio.get_running_loop().call_soon(_ask_nobody, segment, address)
            await asyncio.sleep(0.1)
            assert [p.protocol for p in seen.sent()] == [1 if address.version == 4 else 58], "others' ports are theirs"
    finally:
        witness.end()


def _ask_nobody(segment: Segment, address: IPAddress) -> None:
    """Have the peer ask a port of this machine that is none of the survey's."""
    with segment.datagram_peer(address=address) as peer:
        peer.sendto(b"?", (str(OURS_V4 if address.version == 4 else OURS_V6), SOURCE_PORTS.start - 1))


@BOTH
async def test_a_reply_in_many_fragments_comes_whole(segment: Segment, tmp_path: Path, address: IPAddress) -> None:
    post, reply = bench(tmp_path, segment.namespace), bytes(range(256)) * 250
    with segment.datagram_peer(address=address) as peer, segment.capture() as seen:
        wire = post.wire(target := post.target(address, peer.getsockname()[1], transport="udp"))
        asking = asyncio.create_task(wire.ask(target, b"ping"))
        _, sender = await asyncio.get_running_loop().sock_recvfrom(peer, 100)
        peer.sendto(reply, sender)
        assert await asking == [reply]
        assert len([p for p in seen.sent() if p.protocol == 17]) == 1
    assert post.rows.settled() == [1]


@BOTH
async def test_a_closed_datagram_port(segment: Segment, tmp_path: Path, address: IPAddress) -> None:
    post = bench(tmp_path, segment.namespace)
    wire = post.wire(target := post.target(address, 9, transport="udp"))
    assert await wire.ask(target, b"ping") == []
    assert kinds(wire)[-1] is EventKind.REFUSED


@BOTH
async def test_who_gives_up_asks_no_closed_port_again(segment: Segment, tmp_path: Path, address: IPAddress) -> None:
    post = bench(tmp_path, segment.namespace)
    wire = post.wire(target := post.target(address, 9, transport="udp"))
    with pytest.raises(ConnectFailed) as failed:
        await wire.ask(target, b"ping", give_up=True)
    assert failed.value.outcome is Outcome.REFUSED
    assert [r.kind for r in post.rows.rows] == [Entry.START, Entry.DATAGRAM, Entry.SETTLE]


async def test_a_port_unreachable_from_somebody_else_is_a_filter(segment: Segment, tmp_path: Path) -> None:
    """A firewall that rejects for a device answers in its own name; the device may well be there, or not."""
    beyond = ip_address("198.51.100.9")
    segment.run(segment.ours, "ip", "route", "add", f"{beyond}/32", "via", str(PEER_V4))
    segment.run(segment.peer, "ip", "link", "add", "far0", "type", "veth", "peer", "name", "far1")
    segment.run(segment.peer, "ip", "link", "set", "far0", "up")
    segment.run(segment.peer, "ip", "route", "add", f"{beyond}/32", "dev", "far0")
    segment.run(segment.peer, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
    chain = "chain f { type filter hook forward priority 0; reject with icmp port-unreachable; }"
    post = bench(tmp_path, segment.namespace)
    try:
        with segment.rules(chain):
            wire = post.wire(target := post.target(beyond, 9, transport="udp"))
            with pytest.raises(ConnectFailed) as failed:
                await wire.ask(target, b"ping", give_up=True)
    finally:
        segment.run(segment.ours, "ip", "route", "del", f"{beyond}/32")
        segment.run(segment.peer, "ip", "link", "del", "far0")
        segment.run(segment.peer, "sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward")
    assert failed.value.outcome is Outcome.FILTERED
    assert kinds(wire)[-1] is EventKind.FILTERED


async def test_a_datagram_that_may_not_be_written_down_does_not_leave(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    post.rows.fails_on, post.rows.error = frozenset({Entry.DATAGRAM}), StoreError("disk full")
    with segment.capture() as seen:
        wire = post.wire(target := post.target(PEER_V4, 9, transport="udp"))
        with pytest.raises(StoreError):
            await wire.ask(target, b"ping")
        assert [p for p in seen.sent() if p.protocol == 17] == []
    state = post.gate.pacer._hosts[str(PEER_V4)]
    assert (state.reserved, state.window.active, state.spent) == (0, 0, 0)


@BOTH
async def test_an_echo_is_answered(segment: Segment, tmp_path: Path, address: IPAddress) -> None:
    post = bench(tmp_path, segment.namespace)
    wire = post.wire(target := post.target(address))
    with segment.capture() as seen:
        assert await wire.echo(target) is True
        assert len([p for p in seen.sent() if p.protocol in {1, 58}]) == 1
    assert kinds(wire) == [EventKind.FRAME_SENT, EventKind.FRAME_RECEIVED]
    assert post.rows.settled() == [1]


async def test_an_echo_into_silence(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    wire = post.wire(target := post.target(PEER_V4))
    with segment.rules("chain entry {\ntype filter hook input priority 0\nicmp type echo-request drop\n}"):
        assert await wire.echo(target, wait_s=0.1) is False
    assert kinds(wire) == [EventKind.FRAME_SENT, EventKind.TIMEOUT]


@BOTH
async def test_a_neighbour_says_its_mac(segment: Segment, tmp_path: Path, address: IPAddress) -> None:
    post = bench(tmp_path, segment.namespace, pace=GENTLE)
    wire = post.wire(target := post.target(address, tier=Tier.T1))
    assert await wire.resolve_link(target) == PEER_MAC
    assert kinds(wire) == [EventKind.FRAME_SENT, EventKind.FRAME_RECEIVED]
    assert [r.transport for r in post.rows.rows if r.kind is Entry.FRAME] == ["arp" if address.version == 4 else "nd"]


def neighbour_of(segment: Segment, address: IPAddress) -> str:
    """Give what our kernel knows of a neighbour."""
    command = ["nsenter", f"--net=/proc/{segment.ours}/ns/net", "ip", "neigh", "show", "to", str(address)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@BOTH
async def test_our_kernel_learns_a_neighbours_mac_and_does_not_ask_again(
    segment: Segment, tmp_path: Path, address: IPAddress
) -> None:
    post = bench(tmp_path, segment.namespace)
    wire = post.wire(target := post.target(address, 1))
    segment.run(segment.ours, "ip", "neigh", "flush", "dev", "cable0", "nud", "permanent")
    with segment.capture() as seen:
        assert await wire.resolve_link(target) == PEER_MAC
        with pytest.raises(ConnectFailed):
            await wire.connect(target)
        assert [p.protocol for p in seen.sent() if p.protocol == 0] == [0] * (address.version == 4)
    known = neighbour_of(segment, address)
    assert f"lladdr {PEER_MAC} " in known
    assert "REACHABLE" in known


@pytest.mark.parametrize("version", [4, 6])
async def test_nobody_says_nothing(segment: Segment, tmp_path: Path, version: int) -> None:
    post = bench(tmp_path, segment.namespace)
    wire = post.wire(target := post.target(NOBODY[version]))
    assert await wire.resolve_link(target) is None
    assert kinds(wire) == [EventKind.FRAME_SENT, EventKind.TIMEOUT]


async def test_broadcasts_stay_below_five_a_second_even_in_the_lab(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    targets = [post.target(ip_address(f"192.0.2.{n}")) for n in range(100, 109)]
    with segment.capture() as seen:
        await asyncio.gather(*(post.wire(t, part=str(t.address)).resolve_link(t) for t in targets))
        frames = sorted(p.at for p in seen.sent() if p.protocol == 0)
    assert len(frames) == 9
    assert all(frames[n + 5] - frames[n] >= 1.0 for n in range(4))


async def test_behind_a_router_nobody_is_asked_for_a_mac(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    wire = post.wire(target := post.target(BEHIND))
    assert await wire.resolve_link(target) is None
    assert wire.transcript("t", 1).notes() == ("not_on_link",)
    assert post.rows.rows == []


def test_how_targets_are_reached(segment: Segment) -> None:
    near, far = route_to(segment.namespace, PEER_V6), route_to(segment.namespace, BEHIND)
    assert near is not None
    assert (near.interface, near.gateway, near.direct) == ("cable0", None, True)
    assert far is not None
    assert (far.interface, far.gateway) == ("cable0", PEER_V4)
    assert route_to(segment.namespace, ip_address("203.0.113.1")) is None
    assert neighbour_interface(segment.namespace, OURS_V4) is None, "our own address is nobody's neighbour"
    assert neighbour_interface(segment.namespace, ip_address("127.0.0.1")) is None


async def syn(post: Bench, address: IPAddress, ports: list[int]) -> dict[int, str]:
    targets = [post.target(address, port) for port in ports]
    return await post.wire(targets[0]).syn(targets)


@BOTH
async def test_crafted_syns(segment: Segment, tmp_path: Path, address: IPAddress) -> None:
    post = bench(tmp_path, segment.namespace)
    drop = "chain entry {\ntype filter hook input priority 0\ntcp dport 4000 drop\n}"
    async with segment.server(closes_when_we_do, address=address) as port:
        with segment.rules(drop), segment.capture() as seen:
            assert await syn(post, address, [port, 9, 4000]) == {port: "open", 9: "closed", 4000: "silent"}
            packets = [p for p in seen.sent() if p.protocol == 6]
    assert [p.flags for p in packets].count(SYN) == 4  # the silent port twice
    assert post.rows.settled() == [len(packets)] == [5]  # four, and the kernel's reset of the one answer
    assert {p.source_port for p in packets} <= set(SOURCE_PORTS)


async def test_a_rejected_syn_does_not_end_the_round(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    reject = "tcp dport 4000 reject with icmp type host-unreachable"
    async with segment.server(closes_when_we_do) as port:
        with segment.rules(f"chain entry {{\ntype filter hook input priority 0\n{reject}\n}}"):
            assert await syn(post, PEER_V4, [4000, 9, port]) == {4000: "unreachable", 9: "closed", port: "open"}


ENTRY = "chain entry {{\ntype filter hook input priority 0\n{}\n}}"
DROPS_FIRST = """set once { type inet_service; flags dynamic; }
chain entry { type filter hook input priority 0; tcp dport 4001 tcp dport != @once add @once { tcp dport } drop; }
"""


async def test_a_filter_that_says_so_is_told_from_silence(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    with segment.rules(ENTRY.format("tcp dport 4000 reject with icmp type admin-prohibited")):
        assert await syn(post, PEER_V4, [4000, 9]) == {4000: "filtered", 9: "closed"}
    with segment.rules(ENTRY.format("tcp dport 4000 reject with icmpv6 type admin-prohibited")):
        assert await syn(post, PEER_V6, [4000, 9]) == {4000: "filtered", 9: "closed"}


async def test_an_echo_that_is_prohibited_says_nothing_of_the_host(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    wire = post.wire(target := post.target(PEER_V4))
    with segment.rules(ENTRY.format("icmp type echo-request reject with icmp type admin-prohibited")):
        assert await wire.echo(target) is False
    assert kinds(wire) == [EventKind.FRAME_SENT, EventKind.FILTERED]


@BOTH
async def test_many_syns_are_written_down_before_they_leave(
    segment: Segment, tmp_path: Path, address: IPAddress
) -> None:
    post, ports = bench(tmp_path, segment.namespace), list(range(3000, 3200))
    with segment.capture() as seen:
        found = await syn(post, address, ports)
        packets = [p for p in seen.sent() if p.protocol == 6]
    assert found == dict.fromkeys(ports, "closed")
    frames = [r for r in post.rows.rows if r.kind is Entry.FRAME]
    assert [r.port for r in frames] == ports
    assert {(r.source_port, r.packets) for r in frames} == {(p.source_port, 2) for p in packets}
    assert [p.flags for p in packets] == [SYN] * 200
    assert post.rows.settled() == [200]


async def test_what_got_lost_is_asked_again_and_found(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    with segment.rules(DROPS_FIRST):
        assert await syn(post, PEER_V4, [4001, 9]) == {4001: "closed", 9: "closed"}
    assert post.gate.late_answers == 1
    assert post.rows.settled() == [3]


async def sweep_with_control(post: Bench, ports: list[int], control: int) -> tuple[dict[int, str], tuple[str, ...]]:
    targets = [post.target(PEER_V4, port) for port in ports]
    wire = post.wire(targets[0])
    found = await wire.syn(targets, control=post.target(PEER_V4, control))
    return found, wire.transcript("t", 1).notes()


@pytest.mark.parametrize(("rules", "settled", "notes"), [
    ("tcp dport 4000-4099 drop", 102, ()),  # 100 ports once, the control with each of two batches
    ("tcp dport { 9, 4000-4099 } drop", 207, ("lossy",)),  # all twice, the second time in five small batches
], ids=["control answers", "control is silent"])  # fmt: skip
async def test_a_control_tells_silence_from_loss(
    segment: Segment, tmp_path: Path, rules: str, settled: int, notes: tuple[str, ...]
) -> None:
    post = bench(tmp_path, segment.namespace)
    with segment.rules(ENTRY.format(rules)):
        found, said = await sweep_with_control(post, list(range(4000, 4100)), 9)
    assert set(found.values()) == {"silent"}
    assert (post.rows.settled(), said) == ([settled], notes)


async def test_a_sweep_keeps_a_pace_that_holds_few_packets(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace, pace=STANDARD)
    with segment.capture() as seen:
        await syn(post, PEER_V4, list(range(3000, 3012)))
        times = sorted(p.at for p in seen.sent() if p.protocol == 6)
    assert len(times) == 12
    assert all(later - earlier > 1.0 for earlier, later in zip(times, times[10:], strict=False))


async def test_a_stop_ends_a_sweep_within_a_second(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace, pace=STANDARD)
    sweeping = asyncio.create_task(syn(post, PEER_V4, list(range(3000, 3200))))
    await asyncio.sleep(0.3)
    sent, began = len([r for r in post.rows.rows if r.kind is Entry.FRAME]), time.monotonic()
    post.gate.stop("enough")
    with pytest.raises(Stopped):
        await sweeping
    assert time.monotonic() - began < 1.0
    assert len([r for r in post.rows.rows if r.kind is Entry.FRAME]) == sent
    assert post.gate.listeners == {}
    state = post.gate.pacer._hosts[str(PEER_V4)]
    assert (state.reserved, state.window.active) == (0, 0)


async def test_syns_that_may_not_be_written_down_leak_nothing(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    post.rows.fails_on, post.rows.error = frozenset({Entry.FRAME}), StoreError("disk full")
    with pytest.raises(StoreError):
        await syn(post, PEER_V4, [9])
    state = post.gate.pacer._hosts[str(PEER_V4)]
    assert (state.reserved, state.window.active, state.spent) == (0, 0, 0)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


@pytest.mark.parametrize("how", ["stop", "cancel"])
async def test_a_program_and_its_children_end_within_a_second(tmp_path: Path, how: str) -> None:
    post = bench(tmp_path)
    target = post.target(ip_address("127.0.0.1"), 9)
    pids = tmp_path / "pids"
    script = f"sleep 60 & echo $! $$ > {pids}; wait"
    running = asyncio.create_task(post.wire(target).run_tool([target], "sh", ["-c", script]))
    while not pids.exists() or not pids.read_text().strip():  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.02)
    began = time.monotonic()
    if how == "stop":
        (tmp_path / "STOP").touch()
    else:
        running.cancel()
    with pytest.raises((Stopped, asyncio.CancelledError)):
        await running
    assert time.monotonic() - began < 1.0
    await asyncio.sleep(0.05)
    left = [int(pid) for pid in pids.read_text().split() if alive(int(pid))]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []
    assert post.gate.pacer._all.active == 0


async def test_without_a_frame_builder_nothing_is_crafted(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    post.gate.frames = None
    with pytest.raises(ProbeError):
        await post.wire(target := post.target(PEER_V4)).echo(target)
    assert post.rows.kinds() == []


def test_sockets_are_made_in_the_vantages_namespace(segment: Segment) -> None:
    with segment.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind((str(OURS_V4), 0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here, pytest.raises(OSError):
        here.bind((str(OURS_V4), 0))
