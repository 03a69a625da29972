"""How a connect ends, what stands in the transcript, and that the ledger knew before the packet left."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import struct
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from sekisho.errors import StoreError
from sekisho.gate.pacing import T1_SPACING_S, GateRefused, Stopped
from sekisho.gate.sockets import SOCKET_PORTS
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Vantage
from sekisho.model.ledger import Entry
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind
from sekisho.scope import Scope
from sekisho.store.journal import Journal, Run
from sekisho.store.ledger import Ledger
from tests.property.engagements import device
from tests.property.paces import STANDARD
from tests.unit.gate.posts import FAST, NOW, Bench, bench, engagement, job_of, kinds
from tests.unit.gate.segment import BEHIND, OURS_V4, PEER_V4, PEER_V6, Segment
from tests.unit.gate.test_packets import answers, closes_when_we_do, greets, never_closes, resets

pytestmark = pytest.mark.timeout(30)
LOOPBACK = ip_address("127.0.0.1")


async def outcome_of(post: Bench, address: IPAddress, port: int) -> tuple[Outcome, list[EventKind]]:
    wire = post.wire(target := post.target(address, port))
    with pytest.raises(ConnectFailed) as caught:
        await wire.connect(target)
    assert post.gate.pacer._hosts[str(address)].open == 0
    assert post.gate.pacer._hosts[str(address)].reserved == 0
    assert post.rows.kinds() == [Entry.START, Entry.CONNECT, Entry.SETTLE]
    return caught.value.outcome, kinds(wire)


REJECTIONS = [
    ("ip", "icmp type admin-prohibited", PEER_V4, Outcome.FILTERED),
    ("ip", "icmp type host-prohibited", PEER_V4, Outcome.FILTERED),
    ("ip", "icmp type net-prohibited", PEER_V4, Outcome.FILTERED),
    ("ip", "icmp type port-unreachable", PEER_V4, Outcome.FILTERED),
    ("ip", "icmp type prot-unreachable", PEER_V4, Outcome.FILTERED),
    ("ip", "icmp type host-unreachable", PEER_V4, Outcome.HOST_GONE),
    ("ip", "icmp type net-unreachable", PEER_V4, Outcome.HOST_GONE),
    ("ip", "tcp reset", PEER_V4, Outcome.REFUSED),
    ("ip6", "icmpv6 type admin-prohibited", PEER_V6, Outcome.FILTERED),
    ("ip6", "icmpv6 type port-unreachable", PEER_V6, Outcome.FILTERED),
    ("ip6", "icmpv6 type policy-fail", PEER_V6, Outcome.FILTERED),
    ("ip6", "icmpv6 type addr-unreachable", PEER_V6, Outcome.HOST_GONE),
    ("ip6", "icmpv6 type no-route", PEER_V6, Outcome.HOST_GONE),
    ("ip6", "tcp reset", PEER_V6, Outcome.REFUSED),
]


@pytest.mark.lab
@pytest.mark.parametrize(("family", "how", "address", "expected"), REJECTIONS, ids=lambda v: str(v).replace(" ", "-"))
async def test_what_a_rejection_means(
    segment: Segment, tmp_path: Path, family: str, how: str, address: IPAddress, expected: Outcome
) -> None:
    post = bench(tmp_path, segment.namespace)
    chain = f"chain entry {{\ntype filter hook input priority 0\nmeta nfproto ipv{'4' if family == 'ip' else '6'}"
    with segment.rules(f"{chain} tcp dport 4000 reject with {how}\n}}"):
        outcome, events = await outcome_of(post, address, 4000)
    assert outcome is expected
    event = {Outcome.FILTERED: EventKind.FILTERED, Outcome.HOST_GONE: EventKind.UNREACHABLE}.get(
        expected, EventKind.REFUSED
    )
    assert events == [EventKind.CONNECT, event]


@pytest.mark.lab
async def test_silence_is_a_timeout(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    with segment.rules("chain entry {\ntype filter hook input priority 0\ntcp dport 4000 drop\n}"):
        assert await outcome_of(post, PEER_V4, 4000) == (Outcome.TIMEOUT, [EventKind.CONNECT, EventKind.TIMEOUT])


async def test_a_closed_port_is_refused(tmp_path: Path) -> None:
    post = bench(tmp_path)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert await outcome_of(post, LOOPBACK, port) == (Outcome.REFUSED, [EventKind.CONNECT, EventKind.REFUSED])


@pytest.mark.parametrize("says_goodbye", [False, True], ids=["reset", "closed then reset"])
async def test_a_reset_after_the_handshake_is_an_open_port(tmp_path: Path, says_goodbye: bool) -> None:
    """The server accepts and resets before we look: once such ports stood in the report as refused."""
    post = bench(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept_and_reset, args=(server, says_goodbye))
        thread.start()
        wire = post.wire(target := post.target(LOOPBACK, server.getsockname()[1]))
        connecting = asyncio.create_task(wire.connect(target))
        while EventKind.CONNECT not in kinds(wire):  # noqa: ASYNC110 - a recorder sends no event
            await asyncio.sleep(0)
        thread.join()  # blocks the loop on purpose: the reset is there before the connect is looked at
        stream = await connecting
        assert (await stream.receive(), stream.ended) == (b"", "reset")
        with pytest.raises(ConnectFailed):
            await stream.send(b"hello")
        await stream.close()
    events = kinds(wire)
    assert events[:3] == [EventKind.CONNECT, EventKind.CONNECTED, EventKind.PEER_RESET]
    assert events[-1] is EventKind.CLOSED
    assert EventKind.RECEIVED not in events
    state = post.gate.pacer._hosts["127.0.0.1"]
    assert (state.open, state.reserved, state.window.active) == (0, 0, 0)


def accept_and_reset(server: socket.socket, says_goodbye: bool) -> None:
    """Take one connection and reset it at once, after our FIN if told so."""
    taken, _ = server.accept()
    if says_goodbye:
        taken.shutdown(socket.SHUT_WR)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    taken.close()


async def test_a_conversation_stands_in_the_transcript(tmp_path: Path) -> None:
    post = bench(tmp_path)
    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    wire = post.wire(target := post.target(LOOPBACK, server.sockets[0].getsockname()[1]))
    stream = await wire.connect(target)
    await stream.send(b"GET /\r\n")
    heard = await stream.receive(4)
    stream.record_plain(sent=b"inner", received=b"answer")
    await stream.close()
    await stream.close()
    server.close()
    transcript = wire.transcript("test", 3)
    assert heard == b"HTTP"
    assert [e.kind for e in transcript.events][:6] == [
        EventKind.CONNECT, EventKind.CONNECTED, EventKind.SENT, EventKind.RECEIVED, EventKind.PLAIN_SENT,
        EventKind.PLAIN_RECEIVED,
    ]  # fmt: skip
    assert transcript.events[-1].kind is EventKind.CLOSED
    assert transcript.received().startswith(b"HTTP/1.1 200 OK")
    assert (transcript.scanner, transcript.scanner_version) == ("test", 3)
    ports = {r.source_port for r in post.rows.rows if r.kind is not Entry.START}
    assert len(ports) == 1
    assert ports <= set(SOCKET_PORTS)


@pytest.mark.parametrize(
    ("peer", "ended"),
    [(greets, ""), (never_closes, "silent"), (resets, "reset")],
    ids=lambda v: getattr(v, "__name__", v),
)
async def test_why_nothing_came(tmp_path: Path, peer: object, ended: str) -> None:
    post = bench(tmp_path)
    server = await asyncio.start_server(peer, "127.0.0.1", 0)  # type: ignore[arg-type]
    wire = post.wire(target := post.target(LOOPBACK, server.sockets[0].getsockname()[1]))
    stream = await wire.connect(target)
    heard = await stream.receive()
    assert (bool(heard), stream.ended) == (ended == "", ended)
    await stream.close()
    server.close()
    await wire.end()
    assert post.gate.pacer._hosts["127.0.0.1"].open == 0


def opened(folder: Path) -> Journal:
    journal = Journal(folder)
    journal.open_run(Run("run", NOW, None, "0", "{}", "{}", "0" * 64))
    return journal


async def test_the_ledger_row_stands_before_the_packet(tmp_path: Path) -> None:
    """Servers read survey.db upon accept and upon data: the row of what reached them must be there already."""
    journal, seen = opened(tmp_path), list[list[str]]()

    def rows() -> list[str]:
        with sqlite3.connect(f"file:{tmp_path}/survey.db?mode=ro", uri=True) as database:
            return [r[0] for r in database.execute("select kind from ledger order by seq")]

    async def look(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(rows())
        await reader.read(10)
        seen.append(rows())
        await reader.read()
        writer.close()

    server = await asyncio.start_server(look, "127.0.0.1", 0)
    post = bench(tmp_path, ledger=journal.ledger)
    wire = post.wire(target := post.target(LOOPBACK, server.sockets[0].getsockname()[1]))
    stream = await wire.connect(target)
    await asyncio.sleep(0.02)
    await stream.send(b"hello")
    await asyncio.sleep(0.02)
    await stream.close()
    server.close()
    journal.dispose()
    assert seen == [["start", "connect"], ["start", "connect", "payload"]]
    assert rows() == ["start", "connect", "payload", "settle"]


@pytest.mark.parametrize("kind", [Entry.START, Entry.CONNECT, Entry.PAYLOAD, Entry.SETTLE], ids=str)
async def test_a_full_disk_stops_the_send_and_leaks_nothing(tmp_path: Path, kind: Entry) -> None:
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read())
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    post = bench(tmp_path)
    post.rows.fails_on, post.rows.error = frozenset({kind}), StoreError("disk full")
    wire = post.wire(target := post.target(LOOPBACK, server.sockets[0].getsockname()[1]))

    async def all_of_it() -> None:
        stream = await wire.connect(target)
        await stream.send(b"hello")
        await stream.close()

    with pytest.raises(StoreError):
        await all_of_it()
    post.rows.error = None
    await wire.end()
    await asyncio.sleep(0.02)
    server.close()
    state = post.gate.pacer._hosts["127.0.0.1"]
    assert (state.open, state.reserved, state.window.active) == (0, 0, 0)
    assert bytes(heard) == (b"hello" if kind is Entry.SETTLE else b"")


@pytest.mark.lab
async def test_a_cancelled_connect_leaks_nothing(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    with segment.rules("chain entry {\ntype filter hook input priority 0\ntcp dport 4000 drop\n}"):
        wire = post.wire(target := post.target(PEER_V4, 4000))
        task = asyncio.create_task(wire.connect(target))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    state = post.gate.pacer._hosts[str(PEER_V4)]
    assert (state.open, state.reserved, state.window.active) == (0, 0, 0)
    assert post.rows.settled() == [1]


async def test_what_a_crashed_scanner_left_open_is_closed(tmp_path: Path) -> None:
    """Once a host stayed occupied for ever by a connection that nobody closed."""
    server = await asyncio.start_server(closes_when_we_do, "127.0.0.1", 0)
    post = bench(tmp_path)
    wire = post.wire(target := post.target(LOOPBACK, server.sockets[0].getsockname()[1]))
    await wire.connect(target)
    await wire.end()
    server.close()
    assert post.gate.pacer._hosts["127.0.0.1"].open == 0
    assert post.rows.kinds()[-1] is Entry.SETTLE


async def test_large_payload_goes_in_pieces_the_pace_can_grant(tmp_path: Path) -> None:
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read())
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    post = bench(tmp_path, pace=STANDARD)
    wire = post.wire(target := post.target(LOOPBACK, server.sockets[0].getsockname()[1], tier=Tier.T2))
    stream = await wire.connect(target)
    await stream.send(b"x" * 13_000)
    await stream.close()
    server.close()
    sent = [e.data for e in wire.transcript("t", 1).events if e.kind is EventKind.SENT]
    assert b"".join(sent) == bytes(heard) == b"x" * 13_000
    assert len(sent) == 2


async def refusal(post: Bench, tier: Tier, what: str) -> GateRefused:
    target = post.target(LOOPBACK, 9, tier=tier, transport="udp" if what == "ask" else "tcp")
    wire = post.wire(target)
    sends: dict[str, Callable[[], Awaitable[object]]] = {
        "ask": lambda: wire.ask(target, b"x"),
        "echo": lambda: wire.echo(target),
        "syn": lambda: wire.syn([target]),
        "tool": lambda: wire.run_tool([target], "true", []),
    }
    with pytest.raises(GateRefused) as caught:
        await sends[what]()
    assert post.rows.kinds() == [Entry.REFUSED]
    return caught.value


@pytest.mark.parametrize(
    ("tier", "what"),
    [(Tier.T1, "ask"), (Tier.T1, "echo"), (Tier.T1, "syn"), (Tier.T1, "tool"), (Tier.T2, "tool")],
    ids=str,
)
async def test_the_gate_holds_each_kind_of_send_against_the_tier(tmp_path: Path, tier: Tier, what: str) -> None:
    assert (await refusal(bench(tmp_path), tier, what)).outcome is Outcome.SKIPPED_BY_TIER


async def test_t1_gets_no_payload(tmp_path: Path) -> None:
    server = await asyncio.start_server(closes_when_we_do, "127.0.0.1", 0)
    post = bench(tmp_path)
    wire = post.wire(target := post.target(LOOPBACK, server.sockets[0].getsockname()[1], tier=Tier.T1))
    stream = await wire.connect(target)
    with pytest.raises(GateRefused) as caught:
        await stream.send(b"x")
    await stream.close()
    server.close()
    assert caught.value.outcome is Outcome.SKIPPED_BY_TIER
    assert EventKind.SENT not in kinds(wire)


async def test_t1_ports_are_asked_once(tmp_path: Path) -> None:
    post = bench(tmp_path)
    target = post.target(LOOPBACK, 9, tier=Tier.T1)
    with pytest.raises(ConnectFailed):
        await post.wire(target).connect(target)
    with pytest.raises(GateRefused) as caught:
        await post.wire(target, part="again").connect(target)
    assert caught.value.outcome is Outcome.NOT_TRIED


async def test_t1_hosts_are_asked_twenty_ports_at_most(tmp_path: Path) -> None:
    post = bench(tmp_path)
    post.gate.remember_asked((LOOPBACK, port) for port in range(1, 21))
    target = post.target(LOOPBACK, 99, tier=Tier.T1)
    with pytest.raises(GateRefused):
        await post.wire(target).connect(target)
    assert Entry.CONNECT not in post.rows.kinds()


async def test_what_holds_for_a_t1_host_holds_for_all_its_addresses(tmp_path: Path) -> None:
    second, stranger = ip_address("127.0.0.2"), ip_address("127.0.0.3")
    post = bench(tmp_path)
    pacs = device("pacs", addresses=(LOOPBACK, second))
    post.gate.scope = Scope(replace(engagement(), devices=(pacs,)), FAST)
    post.gate.remember_asked([(LOOPBACK, 9)])
    for address, port, outcome in ((second, 9, Outcome.NOT_TRIED), (second, 10, None), (stranger, 9, None)):
        target = post.target(address, port, tier=Tier.T1)
        with pytest.raises(ConnectFailed if outcome is None else GateRefused):
            await post.wire(target, part=f"{address}-{port}").connect(target)
    post.gate.remember_asked((LOOPBACK, port) for port in range(11, 29))
    target = post.target(second, 99, tier=Tier.T1)
    with pytest.raises(GateRefused):
        await post.wire(target).connect(target)


MAC, ROUTERS_MAC = "02:00:00:00:00:09", "00:00:5e:00:01:07"


@pytest.mark.parametrize(
    ("mac", "declared", "asked_again"),
    [(MAC, False, False), (ROUTERS_MAC, False, True), (MAC, True, True)],
    ids=["undeclared", "virtual router", "two rows of the register"],
)
async def test_addresses_that_show_one_mac_share_the_t1_ports(
    tmp_path: Path, mac: str, *, declared: bool, asked_again: bool
) -> None:
    second = ip_address("127.0.0.2")
    post = bench(tmp_path)
    if declared:
        rows = (device("pacs", addresses=(LOOPBACK,)), device("other", addresses=(second,)))
        post.gate.scope = Scope(replace(engagement(), devices=rows), FAST)
    for address in (LOOPBACK, second):
        post.gate.know_macs(address, {mac})
    post.gate.remember_asked([(LOOPBACK, 9)])
    post.gate.know_macs(LOOPBACK, {mac})
    target = post.target(second, 9, tier=Tier.T1)
    with pytest.raises(ConnectFailed if asked_again else GateRefused):
        await post.wire(target).connect(target)


async def test_what_was_asked_before_the_mac_told_counts_as_well(tmp_path: Path) -> None:
    second = ip_address("127.0.0.2")
    post = bench(tmp_path)
    post.gate.remember_asked([(LOOPBACK, 9), (second, 10)])
    for address in (LOOPBACK, second):
        post.gate.know_macs(address, {MAC})
    for address, port in ((LOOPBACK, 10), (second, 9)):
        target = post.target(address, port, tier=Tier.T1)
        with pytest.raises(GateRefused):
            await post.wire(target, part=f"{port}").connect(target)


async def test_a_target_of_another_vantage_is_refused(tmp_path: Path) -> None:
    post, other = bench(tmp_path), bench(tmp_path, vantage=Vantage("vendor", "vendor"))
    target = other.target(LOOPBACK, 9)
    with pytest.raises(GateRefused) as caught:
        await post.wire(target).connect(target)
    assert caught.value.outcome is Outcome.SKIPPED_BY_SCOPE
    assert post.rows.kinds() == [Entry.REFUSED]


async def test_an_address_without_a_route_is_not_tried(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace)
    target = post.target(ip_address("2001:db8:ffff::1"), 9)
    with pytest.raises(GateRefused) as caught:
        await post.wire(target).connect(target)
    assert caught.value.outcome is Outcome.NOT_TRIED


@pytest.mark.lab
async def test_a_probe_through_a_router_needs_the_router_at_t2(segment: Segment, tmp_path: Path) -> None:
    lower = bench(tmp_path, segment.namespace, tier=Tier.T1)
    with pytest.raises(GateRefused) as refused:
        await lower.wire(target := lower.target(BEHIND, 9)).connect(target)
    assert refused.value.outcome is Outcome.SKIPPED_BY_TIER
    higher = bench(tmp_path, segment.namespace, tier=Tier.T2)
    with pytest.raises(ConnectFailed) as answered:
        await higher.wire(target := higher.target(BEHIND, 9)).connect(target)
    assert answered.value.outcome is Outcome.REFUSED


@pytest.mark.lab
async def test_from_outside_the_first_router_is_not_the_facilitys(segment: Segment, tmp_path: Path) -> None:
    post = bench(tmp_path, segment.namespace, tier=Tier.T1)
    assert post.gate._next_hop_forbids(BEHIND)
    outside = bench(tmp_path, segment.namespace, tier=Tier.T1, vantage=Vantage("outside", "external"))
    assert outside.gate._next_hop_forbids(BEHIND) == ""


async def test_the_end_of_the_consent_stops(tmp_path: Path) -> None:
    post = bench(tmp_path)
    target = post.target(LOOPBACK, 9)
    post.clock[0] = target.until - timedelta(seconds=1)
    with pytest.raises(ConnectFailed):
        await post.wire(target).connect(target)
    post.clock[0] += timedelta(days=400)
    with pytest.raises(Stopped):
        await post.wire(target, part="later").connect(target)
    assert post.rows.rows[-1].kind is Entry.REFUSED
    assert "consent" in post.gate.stopped


async def test_our_source_port_is_taken_by_somebody_else(tmp_path: Path) -> None:
    post = bench(tmp_path)
    with socket.socket() as taken:
        following = post.gate.ports.take() + 1
        taken.bind(("127.0.0.1", following if following in SOCKET_PORTS else SOCKET_PORTS[0]))
        taken.listen()
        target = post.target(LOOPBACK, 9)
        with pytest.raises(ConnectFailed):
            await post.wire(target).connect(target)
        (used,) = (r.source_port for r in post.rows.rows if r.kind is Entry.CONNECT)
        assert used != taken.getsockname()[1]


@pytest.mark.lab
async def test_a_connection_that_winds_down_does_not_block_the_next(segment: Segment, tmp_path: Path) -> None:
    """Who closes first keeps the ports for a minute: the same pair can't be used again, another one can."""
    segment.run(segment.ours, "sysctl", "-w", "net.ipv4.tcp_timestamps=0")  # as with many small devices
    async with segment.server(closes_when_we_do) as port:
        for part in ("first", "second"):
            post = bench(tmp_path, segment.namespace)
            post.gate.ports._next = 0
            target = post.target(PEER_V4, port)
            stream = await post.wire(target, part=part).connect(target)
            await stream.close()
    segment.run(segment.ours, "sysctl", "-w", "net.ipv4.tcp_timestamps=1")
    assert post.rows.settled() == [0, 4], "the first pair was busy: nothing left for it"


def test_ledger_satisfies_the_gates_protocol(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    post = bench(tmp_path, ledger=journal.ledger)
    target = post.target(LOOPBACK, 9)
    post.gate.write(target, job_of(target), Entry.REFUSED, note="test")
    assert isinstance(journal.ledger, Ledger)
    assert [r.note for r in journal.ledger.rows("run")] == ["test"]
    journal.dispose()


async def test_two_addresses_of_one_device_are_one_host_to_the_pace(tmp_path: Path) -> None:
    one, other = ip_address("127.0.0.2"), ip_address("127.0.0.3")
    post = bench(tmp_path, tier=Tier.T1)
    joined = replace(engagement(Tier.T1), devices=(device("printer", addresses=(other, one)),))
    post.gate.scope = post.scope = Scope(joined, post.gate.pace)
    async with await asyncio.start_server(greets, str(one)) as a, await asyncio.start_server(greets, str(other)) as b:
        began = asyncio.get_running_loop().time()
        for address, server in ((one, a), (other, b)):
            target = post.target(address, server.sockets[0].getsockname()[1])
            stream = await post.wire(target).connect(target)
            await stream.close()
        assert asyncio.get_running_loop().time() - began >= T1_SPACING_S
    assert {r.address for r in post.rows.rows} == {str(one), str(other)}, "the ledger names the address"
    settled = post.rows.settled()
    assert (len(settled), post.gate.pacer.spent(str(one)), post.gate.pacer.spent(str(other))) == (2, sum(settled), 0)


@pytest.mark.lab
@pytest.mark.parametrize(
    ("stated", "target"), [(OURS_V4, "198.51.100.250"), (ip_address("192.0.2.99"), "192.0.2.2")], ids=["way", "source"]
)
async def test_without_a_way_or_with_a_foreign_source_nothing_is_tried(
    segment: Segment, tmp_path: Path, stated: IPAddress, target: str
) -> None:
    segment.run(segment.ours, "ip", "route", "replace", "unreachable", "198.51.100.250/32")
    post = bench(tmp_path, segment.namespace, vantage=Vantage("management", "management", sources=(stated,)))
    with pytest.raises(GateRefused) as refused:
        await post.wire(asked := post.target(ip_address(target), 9)).connect(asked)
    assert refused.value.outcome is Outcome.NOT_TRIED
    assert post.rows.kinds() == [], "nothing was begun"
