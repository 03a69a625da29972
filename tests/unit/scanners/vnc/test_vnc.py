from __future__ import annotations

import contextlib
from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.vnc.parse import build_version, is_whole, parse_security
from scanners.vnc.probe import SCANNER
from sekisho.errors import ParseError
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Greeting
from sekisho.model.observations import Reading
from sekisho.model.service_facts import VncSecurity
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from tests.unit.scanners.fakes import Answering, FakeWire, Peer, Scripted, Unreachable, job
from tests.unit.scanners.golden import paths
from tests.unit.scanners.strategies import damaged, transcripts

V33, V37, V38, APPLE = b"RFB 003.003\n", b"RFB 003.007\n", b"RFB 003.008\n", b"RFB 003.889\n"
REASON = b"Too many security failures"
DECLINES = V38 + b"\0" + len(REASON).to_bytes(4, "big") + REASON
RECORDED = [Transcript.from_bytes(path.read_bytes()).received() for path in paths("vnc")]


async def probe(peer: Peer) -> tuple[Reading, FakeWire]:
    wire = FakeWire(job("vnc", 5900), peer, timeout_s=0.2)
    with contextlib.suppress(ConnectFailed):
        await SCANNER.run(wire.job, wire)
    return SCANNER.read(Transcript.from_bytes(wire.transcript().to_bytes())), wire


@pytest.mark.parametrize(
    ("greeting", "ours"),
    [
        (V33, V33),
        (b"RFB 003.005\n", V33),
        (V37, V37),
        (V38, V38),
        (APPLE, V38),
        (b"RFB 005.000\n", V38),
        (b"RFB 000.000\n", b""),
        (b"RFB 003.00", b""),
        (b"SSH-2.0-x\r\n", b""),
    ],
)
def test_our_version_is_the_newest_that_both_know(greeting: bytes, ours: bytes) -> None:
    assert build_version(greeting) == ours


@pytest.mark.parametrize(
    ("received", "found"),
    [
        (V38 + b"\2\x13\2", VncSecurity("3.8", (19, 2))),
        (V37 + b"\1\1", VncSecurity("3.7", (1,))),
        (V33 + b"\0\0\0\2", VncSecurity("3.3", (2,))),
        (APPLE + b"\4\x1e\x21\x24\x23", VncSecurity("3.889", (30, 33, 36, 35))),
    ],
)
def test_reads_the_ways_of_logging_in(received: bytes, found: VncSecurity) -> None:
    assert is_whole(received)
    assert not is_whole(received[:-1])
    assert parse_security(received) == found
    assert found.shown.startswith(f"RFB {found.version}")


def test_a_server_that_declines_gives_its_reason() -> None:
    assert is_whole(DECLINES)
    assert not is_whole(DECLINES[:-1])
    with pytest.raises(ParseError, match="Too many security failures"):
        parse_security(DECLINES)


@pytest.mark.parametrize("received", [b"", V38, V38 + b"\2\1", V33 + bytes(4), V33 + b"\0\0", b"SSH-2.0-x\r\n" * 3])
def test_anything_else_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError, match="VNC"):
        parse_security(received)


async def test_one_version_and_nothing_else_is_sent() -> None:
    peer = Answering(lambda _: [b"\2", b"\x13\2"], greeting=V38, then="silent")
    reading, wire = await probe(peer)
    assert [fact for _, fact in reading.facts] == [VncSecurity("3.8", (19, 2))]
    assert (peer.sent, wire.connects) == ([V38], 1)
    assert EventKind.TIMEOUT not in wire.transcript().kinds()


@pytest.mark.parametrize(
    ("peer", "outcome", "sent"),
    [
        (Unreachable(Outcome.REFUSED), Outcome.REFUSED, 0),
        (Scripted(then="silent"), Outcome.TIMEOUT, 0),
        (Scripted(b"220 ready\r\n", then="silent"), Outcome.PROTOCOL_ERROR, 0),
        (Scripted(V38, then="closed"), Outcome.PROTOCOL_ERROR, 1),
        (Scripted(DECLINES), Outcome.PROTOCOL_ERROR, 1),
        (Scripted(*[b"R", *[b"x"] * 40], then="silent"), Outcome.PROTOCOL_ERROR, 0),
        (Scripted(V38, *[b"\xff"] * 40, then="silent"), Outcome.PROTOCOL_ERROR, 1),
    ],
)
async def test_anything_else_is_no_fact(peer: Peer, outcome: Outcome, sent: int) -> None:
    reading, wire = await probe(peer)
    assert (reading.outcome, reading.facts) == (outcome, ())
    assert sum(e.kind is EventKind.SENT for e in wire.transcript().events) == sent


def test_only_a_service_that_greeted_as_vnc_is_asked() -> None:
    view = ServiceView(ip_address("192.0.2.1"), "tcp", 5901, Tier.T2, greeting=Greeting("vnc", "RFB 003.008", 12))
    assert SCANNER.applies(view)
    assert not SCANNER.applies(replace(view, tier=Tier.T1))
    assert not SCANNER.applies(replace(view, transport="udp"))
    assert not SCANNER.applies(replace(view, greeting=None))
    assert not SCANNER.applies(replace(view, greeting=Greeting("silent", "", 0)))


@given(st.one_of(st.binary(max_size=300), damaged([*RECORDED, DECLINES])))
def test_parsing_is_total(raw: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_security(raw).types
    assert len(build_version(raw)) in {0, 12}


@given(transcripts("vnc", RECORDED))
def test_reading_is_total(stored: Transcript) -> None:
    assert {type(fact) for _, fact in SCANNER.read(stored).facts} <= set(SCANNER.yields)
