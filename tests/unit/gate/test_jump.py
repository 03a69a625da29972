"""Looking through a jump host: what comes back is told as a direct connection would tell it, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from sekisho.errors import ProbeError, ScopeError, UsageError
from sekisho.gate import jumpssh
from sekisho.gate.jump import Jump, JumpFailed, door
from sekisho.gate.jumpwire import syns_within
from sekisho.gate.pacing import GateRefused, Stopped
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import TierRow, Vantage
from sekisho.model.ledger import CONTROL_BEGINS, VIA_SSH, Entry
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind
from sekisho.scope import Scope
from tests.unit.gate.jumps import PASSWORD, Sshd, jump_vantage, odd, sshd, why_no_sshd
from tests.unit.gate.posts import FAST, Bench, bench, engagement, kinds
from tests.unit.gate.segment import BEHIND, PEER_V4, Behaviour, Segment
from tests.unit.gate.test_packets import answers, drips, greets, never_closes, resets

pytestmark = [pytest.mark.lab, pytest.mark.privileged, pytest.mark.timeout(60)]
LOOPBACK = ip_address("127.0.0.1")
SENT = [Entry.START, Entry.CONNECT, Entry.SETTLE]


@pytest.fixture(scope="session")
def server(segment: Segment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """An OpenSSH jump host on the other end of the cable; its neighbour is reached through its loopback."""
    if reason := why_no_sshd():
        pytest.skip(reason)
    with sshd(tmp_path_factory.mktemp("jump") / "sshd", segment.inside(segment.peer).path) as made:
        yield made


def post_of(folder: Path, jump: Jump) -> Bench:
    """Build a gate that looks through a jump host."""
    return bench(folder, vantage=jump_vantage(jump), way=jump)


@asynccontextmanager
async def through(folder: Path, jump: Jump) -> AsyncIterator[Bench]:
    """Log in for the length of a block."""
    post = post_of(folder, jump)
    async with post.gate.entered():
        yield post


def probes(post: Bench) -> list[Entry]:
    """Give the kinds of ledger row that are about targets."""
    return [k for k in post.rows.kinds() if k is not Entry.CONTROL]


def controls(post: Bench) -> list[str]:
    return [r.note for r in post.rows.rows if r.kind is Entry.CONTROL]


async def talk(post: Bench, port: int) -> tuple[list[tuple[EventKind, bytes]], str]:
    """Say something, hear what comes, close; the transcript with what was said in one piece, and how it ended."""
    wire = post.wire(target := post.target(BEHIND, port))
    stream = await wire.connect(target)
    await stream.send(b"hello\r\n")
    while await stream.receive(timeout_s=0.3):
        pass
    ended = stream.ended
    await stream.close()
    told: list[tuple[EventKind, bytes]] = []
    for event in wire.transcript("test", 1).events:
        if told and told[-1][0] is event.kind:
            told[-1] = (event.kind, told[-1][1] + event.data)
        else:
            told.append((event.kind, event.data))
    return told, ended


# --- the same story as a direct connection ---------------------------------------------------------------------------


@pytest.mark.parametrize("peer", [greets, answers, never_closes], ids=lambda p: p.__name__)
async def test_a_transcript_reads_like_a_direct_one(
    segment: Segment, server: Sshd, tmp_path: Path, peer: Behaviour
) -> None:
    async with segment.server(peer, address=BEHIND) as port:
        direct = await talk(bench(tmp_path, segment.namespace), port)
        async with through(tmp_path, server.jump(inside=segment.namespace)) as post:
            far = await talk(post, port)
    assert far == direct
    assert probes(post) == [Entry.START, Entry.CONNECT, Entry.PAYLOAD, Entry.SETTLE]
    connect = next(r for r in post.rows.rows if r.kind is Entry.CONNECT)
    assert (connect.source, connect.source_port, connect.note) == (str(PEER_V4), 0, VIA_SSH)
    assert post.gate.pacer._hosts[str(BEHIND)].open == 0
    assert post.gate.pacer._hosts[str(BEHIND)].reserved == 0


@pytest.mark.parametrize("peer", [greets, answers, never_closes, drips, resets], ids=lambda p: p.__name__)
async def test_the_worst_case_is_not_less_than_what_the_target_got(
    segment: Segment, server: Sshd, tmp_path: Path, peer: Behaviour
) -> None:
    async with segment.server(peer, address=BEHIND) as port:
        leaving = f"type filter hook output priority 0\nip daddr {BEHIND} tcp dport {port} counter name asked"
        with segment.rules(f"counter asked {{}}\nchain leave {{\n{leaving}\n}}"):
            async with through(tmp_path, server.jump(inside=segment.namespace)) as post:
                wire = post.wire(target := post.target(BEHIND, port))
                with contextlib.suppress(ConnectFailed):  # the reset may come before the jump host looks
                    stream = await wire.connect(target)
                    await stream.receive(timeout_s=0.3)
                    await stream.close()
                await asyncio.sleep(0.2)
            really = segment.read(segment.peer, "nft", "list", "counter", "inet", "test", "asked")
    packets = int(really.split("packets ")[1].split()[0])
    assert 2 <= packets <= sum(post.rows.settled())


async def test_aborting_closes_at_once(segment: Segment, server: Sshd, tmp_path: Path) -> None:
    jump = server.jump(inside=segment.namespace)
    async with segment.server(never_closes, address=BEHIND) as port, through(tmp_path, jump) as post:
        wire = post.wire(target := post.target(BEHIND, port))
        stream = await wire.connect(target)
        began = asyncio.get_running_loop().time()
        await stream.close(abort=True)
        assert asyncio.get_running_loop().time() - began < 0.5
    assert kinds(wire) == [EventKind.CONNECT, EventKind.CONNECTED, EventKind.CLOSED]


# --- how a connect ends ----------------------------------------------------------------------------------------------


async def ended(post: Bench, port: int) -> tuple[Outcome, list[EventKind]]:
    wire = post.wire(target := post.target(BEHIND, port))
    with pytest.raises(ConnectFailed) as caught:
        await wire.connect(target)
    assert post.gate.pacer._hosts[str(BEHIND)].open == 0
    assert post.gate.pacer._hosts[str(BEHIND)].reserved == 0
    assert probes(post) == SENT
    return caught.value.outcome, kinds(wire)


REJECTIONS = [
    ("tcp reset", Outcome.REFUSED, EventKind.REFUSED),
    ("icmp type host-unreachable", Outcome.HOST_GONE, EventKind.UNREACHABLE),
    ("icmp type net-unreachable", Outcome.HOST_GONE, EventKind.UNREACHABLE),
    ("icmp type admin-prohibited", Outcome.HOST_GONE, EventKind.UNREACHABLE),
]


@pytest.mark.parametrize(("how", "outcome", "event"), REJECTIONS, ids=lambda v: str(v).replace(" ", "-"))
async def test_what_the_jump_host_says(
    segment: Segment, server: Sshd, tmp_path: Path, how: str, outcome: Outcome, event: EventKind
) -> None:
    chain = f"chain entry {{\ntype filter hook input priority 0\ntcp dport 4000 reject with {how}\n}}"
    with segment.rules(chain):
        async with through(tmp_path, server.jump(inside=segment.namespace)) as post:
            assert await ended(post, 4000) == (outcome, [EventKind.CONNECT, EventKind.NOTE, event])
    assert sum(post.rows.settled()) == 2


async def test_our_patience_ends_before_the_jump_host_s(segment: Segment, server: Sshd, tmp_path: Path) -> None:
    with segment.rules("chain entry {\ntype filter hook input priority 0\ntcp dport 4000 drop\n}"):
        async with through(tmp_path, server.jump(inside=segment.namespace)) as post:
            assert await ended(post, 4000) == (Outcome.TIMEOUT, [EventKind.CONNECT, EventKind.TIMEOUT])
    assert sum(post.rows.settled()) == 7, "the jump host's kernel goes on; all of its SYNs count"


def test_syns_of_a_kernel_that_gets_no_answer() -> None:
    assert [syns_within(s) for s in (0, 0.9, 1, 2.9, 3, 130)] == [1, 1, 2, 2, 3, 7]


@pytest.mark.parametrize("rule", ["AllowTcpForwarding no", f"PermitOpen {BEHIND}:1"])
async def test_a_jump_host_that_forbids_says_nothing_of_the_target(
    segment: Segment, server: Sshd, tmp_path: Path, rule: str
) -> None:
    with sshd(tmp_path / "strict", segment.namespace.path, rule, address=LOOPBACK) as strict:
        async with through(tmp_path, strict.jump(inside=segment.namespace)) as post:
            wire = post.wire(target := post.target(BEHIND, 4000))
            with pytest.raises(ProbeError, match=r"forbids forwarding to 198\.51\.100\.2 TCP 4000"):
                await wire.connect(target)
    assert kinds(wire) == [EventKind.CONNECT]
    assert post.rows.settled() == [0]


@pytest.mark.parametrize("address", ["198.51.100.9", "2001:db8:9::9"])
async def test_no_way_from_the_jump_host_is_no_silence(
    segment: Segment, server: Sshd, tmp_path: Path, address: str
) -> None:
    async with through(tmp_path, server.jump(inside=segment.namespace)) as post:
        nowhere = post.target(ip_address(address), 4000)
        wire = post.wire(nowhere)
        with pytest.raises(GateRefused, match="no way to") as caught:
            await wire.connect(nowhere)
    assert caught.value.outcome is Outcome.NOT_TRIED
    assert post.rows.settled() == [0]


@pytest.mark.parametrize("words", ["Verbindung abgelehnt", "open failed", "Network is unreachable", ""])
async def test_words_that_nobody_knows_say_nothing(tmp_path: Path, words: str) -> None:
    async with odd(refuses=(2, words)) as far, through(tmp_path, far.jump()) as post:
        wire = post.wire(target := post.target(LOOPBACK, 4000))
        with pytest.raises(ProbeError, match=f"does not say why .*{words!r}"):
            await wire.connect(target)
    assert kinds(wire) == [EventKind.CONNECT]
    assert post.rows.settled() == [7], "nobody says that nothing left"


async def test_a_connection_that_comes_late_is_closed_and_the_others_go_on(tmp_path: Path) -> None:
    heard = asyncio.Queue[bytes]()

    async def waits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.put_nowait(b"begin")
        heard.put_nowait(await reader.read())
        writer.close()

    server = await asyncio.start_server(waits, str(LOOPBACK), 0)
    port = server.sockets[0].getsockname()[1]
    async with odd(pauses_s=0.6) as far, through(tmp_path, far.jump()) as post:
        wire = post.wire(target := post.target(LOOPBACK, port))
        with pytest.raises(ConnectFailed) as caught:
            await wire.connect(target, timeout_s=0.2)
        assert caught.value.outcome is Outcome.TIMEOUT
        async with asyncio.timeout(5):
            assert [await heard.get(), await heard.get()] == [b"begin", b""]
        far.pauses_s = 0
        stream = await wire.connect(target)
        await stream.close()
    server.close()


@pytest.mark.parametrize("what", ["ask", "echo", "resolve_link", "syn", "run_tool"])
async def test_what_a_jump_host_cannot_do_is_not_tried(tmp_path: Path, what: str) -> None:
    async with odd() as far, through(tmp_path, far.jump()) as post:
        wire = post.wire(target := post.target(LOOPBACK, 161, transport="udp"))
        arguments = {"ask": (target, b"?"), "syn": ((target,),), "run_tool": ((target,), "nmap", ())}
        with pytest.raises(GateRefused, match="through a jump host") as caught:
            await getattr(wire, what)(*arguments.get(what, (target,)))
        assert caught.value.outcome is Outcome.NOT_TRIED
        assert not post.gate.crafts
    assert probes(post) == []


async def test_the_jump_host_is_not_asked_through_itself(tmp_path: Path) -> None:
    async with odd() as far, through(tmp_path, far.jump()) as post:
        wire = post.wire(target := post.target(ip_address("127.0.0.2"), 22))
        with pytest.raises(GateRefused, match="jump host itself"):
            await wire.connect(target)


# --- getting in ------------------------------------------------------------------------------------------------------


async def refused(post: Bench) -> str:
    with pytest.raises(JumpFailed) as caught:
        async with post.gate.entered():
            pytest.fail("there is no way in")
    return str(caught.value)


async def test_another_host_key_ends_it_before_anything_is_said(tmp_path: Path) -> None:
    async with odd() as far:
        post = post_of(tmp_path, far.jump(fingerprint="SHA256:" + "A" * 43))
        said = await refused(post)
        assert far.fingerprint in said
        assert (far.users, far.tried) == ([], [])
        assert await refused(post) == said
        assert len(far.connections) == 1, "not asked again"
    assert controls(post) == [CONTROL_BEGINS, f"failed: {said}"]


async def test_a_failed_login_is_never_repeated(tmp_path: Path) -> None:
    async with odd() as far:
        post = post_of(tmp_path, far.jump("hunter2"))
        assert "refused" in await refused(post)
        assert "refused" in await refused(post)
        assert far.tried == ["hunter2"]
        assert len(far.connections) == 1
    assert not any("hunter2" in str(row) for row in post.rows.rows)


async def test_a_key_that_openssh_does_not_know_is_refused_once(segment: Segment, server: Sshd, tmp_path: Path) -> None:
    before = server.log.read_text("utf-8").count("Connection from")
    post = post_of(tmp_path, server.jump(secret="no password of anybody", inside=segment.namespace))
    assert "refused" in await refused(post)
    log = server.log.read_text("utf-8")
    assert log.count("Connection from") == before + 1
    assert log.count("Failed password for root") == 1


@pytest.mark.parametrize("secret", ["/nowhere/id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
async def test_a_key_that_cannot_be_read_is_no_password(tmp_path: Path, secret: str) -> None:
    async with odd() as far:
        with pytest.raises(UsageError, match="private key") as caught:
            far.jump(secret)
        assert secret not in str(caught.value)
        assert far.connections == []


async def test_a_key_file_is_read(segment: Segment, server: Sshd, tmp_path: Path) -> None:
    (tmp_path / "id").write_text(server.key, "ascii")
    async with through(tmp_path, server.jump(secret=str(tmp_path / "id"), inside=segment.namespace)) as post:
        assert controls(post) == [CONTROL_BEGINS, "logged in"]
    assert controls(post)[-1] == "ended"
    row = post.rows.rows[1]
    assert (row.address, row.port, row.packets, row.bytes, row.job) == (str(PEER_V4), server.port, 0, 0, "")
    assert row.source_port > 0


async def test_nobody_there_may_be_tried_again_later(tmp_path: Path) -> None:
    async with odd() as far:
        gone = far.jump()
    post = post_of(tmp_path, gone)
    assert "no connection" in await refused(post)
    assert gone.refused == ""


def test_a_jump_host_is_held_against_the_scope() -> None:
    good = Vantage("far", "vendor", "ssh://u@192.0.2.9:2022", secret="env:X", host_key="SHA256:" + "A" * 43)
    whole = engagement()
    assert door(good, Scope(whole, FAST)).host.port == 2022
    excluded = replace(whole, scope=replace(whole.scope, exclude=(ip_network("192.0.2.8/30"),)))
    with pytest.raises(ScopeError, match=r"scope\.exclude"):
        door(good, Scope(excluded, FAST))
    untouched = replace(
        whole, scope=replace(whole.scope, tiers=(TierRow((ip_network("192.0.2.9/32"),), (), (), Tier.T0, "ICU"),))
    )
    with pytest.raises(ScopeError, match="T0"):
        door(good, Scope(untouched, FAST))
    for lacking, name in ((replace(good, secret=""), "secret"), (replace(good, host_key=""), "host_key")):
        with pytest.raises(UsageError, match=name):
            door(lacking, Scope(whole, FAST))
    with pytest.raises(UsageError, match="names are not looked up"):
        door(replace(good, via="ssh://u@jump.example"), Scope(whole, FAST))


# --- losing it -------------------------------------------------------------------------------------------------------


async def test_a_lost_jump_host_says_nothing_of_its_targets(segment: Segment, tmp_path: Path) -> None:
    with sshd(tmp_path / "doomed", segment.namespace.path, address=LOOPBACK) as doomed:
        jump = doomed.jump(inside=segment.namespace)
        async with segment.server(greets, address=BEHIND) as port, through(tmp_path, jump) as post:
            wire = post.wire(target := post.target(BEHIND, port))
            stream = await wire.connect(target)
            assert await stream.receive() == b"220 ready\r\n"
            reading = asyncio.create_task(stream.receive(timeout_s=5))
            await asyncio.sleep(0.05)
            doomed.signal_all(signal.SIGKILL)
            with pytest.raises(Stopped):
                await reading
            with pytest.raises(Stopped):
                await wire.connect(target)
            await wire.end()
    assert post.gate.lost
    assert "jump host was lost" in post.gate.stopped
    assert EventKind.PEER_CLOSED not in kinds(wire)
    assert controls(post)[-1] == "lost"


async def test_a_silence_of_the_jump_host_is_not_the_target_s(
    segment: Segment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jumpssh, "_ANSWERS_S", 0.3)
    with sshd(tmp_path / "frozen", segment.namespace.path, address=LOOPBACK) as frozen:
        async with through(tmp_path, frozen.jump(inside=segment.namespace)) as post:
            wire = post.wire(target := post.target(BEHIND, 4000))
            frozen.signal_all(signal.SIGSTOP)
            try:
                with pytest.raises(Stopped):
                    await wire.connect(target)
            finally:
                frozen.signal_all(signal.SIGKILL)
    assert post.gate.lost
    assert EventKind.TIMEOUT not in kinds(wire)


async def test_no_secret_is_kept_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with odd() as far:
        jump = far.jump()
        async with through(tmp_path, jump) as post:
            wire = post.wire(target := post.target(LOOPBACK, 1))
            with pytest.raises((ConnectFailed, ProbeError)):
                await wire.connect(target)
        assert far.tried == [PASSWORD]
    kept = [repr(jump), repr(post.rows.rows), caplog.text, wire.transcript("test", 1).to_bytes().decode()]
    assert not any(PASSWORD in text for text in kept)


async def test_nothing_of_the_user_s_own_set_up_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "config").write_text("Host *\n  User somebody\n  Port 1\n", "ascii")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setitem(os.environ, "SSH_AUTH_SOCK", str(tmp_path / "agent"))
    async with odd() as far, through(tmp_path, far.jump()):
        assert far.users == ["surveyor"]
