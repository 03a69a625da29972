from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.openvpn.parse import build_acknowledgement, build_reset, in_stream, is_whole, parse_reset
from scanners.openvpn_tcp.probe import SCANNER as OVER_TCP
from sekisho.errors import ParseError
from sekisho.model.vpn_facts import OpenVpn
from tests.unit.scanners.golden import transcript
from tests.unit.scanners.strategies import damaged

OURS, THEIRS = bytes(range(8)), bytes(range(8, 16))
ASKED = build_reset(OURS)


def reset(opcode: int = 8, named: bytes = OURS, count: int = 1) -> bytes:
    return bytes([opcode << 3]) + THEIRS + bytes([count]) + bytes(4) + named + bytes(4)


def test_our_packets_are_what_the_protocol_says() -> None:
    assert b"".join([b"\x38", OURS, b"\0", bytes(4)]) == ASKED
    assert in_stream(ASKED) == b"\0\x0e" + ASKED
    assert build_acknowledgement(ASKED, reset()) == b"\x28" + OURS + b"\x01" + bytes(4) + THEIRS


@pytest.mark.parametrize(("opcode", "method"), [(8, 2), (2, 1)])
def test_reads_the_reset_of_a_server(opcode: int, method: int) -> None:
    assert parse_reset(ASKED, reset(opcode)) == OpenVpn(method)


@pytest.mark.parametrize(
    "reply", [b"", reset(7), reset(5), reset(named=THEIRS), reset(count=0), reset()[:-1], b"HTTP/1.1 400"]
)
def test_anything_else_is_no_answer_and_is_not_acknowledged(reply: bytes) -> None:
    with pytest.raises(ParseError, match="OpenVPN: got"):
        parse_reset(ASKED, reply)
    assert build_acknowledgement(ASKED, reply) == b""


@pytest.mark.parametrize(
    ("received", "whole"),
    [(b"", False), (b"\0", False), (b"S", True), (b"\0\x1a", False), (b"\0\x1a\x38", True), (b"\0\x1a\x40", False)],
)
def test_when_to_stop_listening_on_a_stream(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


def test_an_answer_on_a_stream_has_to_name_our_session() -> None:
    stored = transcript("openvpn-tcp", "answers")
    assert [type(fact) for _, fact in OVER_TCP.read(stored).facts] == [OpenVpn]
    assert is_whole(stored.received())
    assert not is_whole(stored.received()[:-1])


@given(st.binary(max_size=40), st.one_of(st.binary(max_size=60), damaged([reset(), reset(2)])))
def test_reading_is_total(asked: bytes, reply: bytes) -> None:
    assert len(build_acknowledgement(asked, reply)) <= 22
    assert is_whole(reply) in {True, False}
