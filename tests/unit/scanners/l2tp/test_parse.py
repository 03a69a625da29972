from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.l2tp.parse import build_goodbye, build_request, parse_reply
from sekisho.errors import ParseError
from sekisho.model.transcript import EventKind
from sekisho.model.vpn_facts import L2tp
from tests.unit.scanners.golden import transcript
from tests.unit.scanners.strategies import damaged

RECORDED = [e for e in transcript("l2tp", "xl2tpd").events if e.data]
ASKED, REPLY, GOODBYE = (e.data for e in RECORDED)


def message(*pairs: bytes, tunnel: int = 7, flags: int = 0xC802) -> bytes:
    body = b"".join(pairs)
    return b"".join(n.to_bytes(2, "big") for n in (flags, 12 + len(body), tunnel, 0, 0, 1)) + body


def pair(kind: int, value: bytes, *, flags: int = 0x8000, vendor: int = 0) -> bytes:
    return b"".join(n.to_bytes(2, "big") for n in (flags | (6 + len(value)), vendor, kind)) + value


TYPE_REPLY, TYPE_STOP, TUNNEL = pair(0, b"\0\2"), pair(0, b"\0\4"), pair(9, b"\x12\x34")
OURS = build_request(7)


def test_the_request_is_what_the_specification_says() -> None:
    name, framing = pair(7, b"sekisho.invalid"), pair(3, b"\0\0\0\3")
    body = message(pair(0, b"\0\1"), pair(2, b"\1\0"), name, framing, pair(9, b"\0\7"), tunnel=0)
    assert body[:10] + bytes(2) + body[12:] == OURS
    assert [e.kind for e in RECORDED] == [
        EventKind.DATAGRAM_SENT, EventKind.DATAGRAM_RECEIVED, EventKind.DATAGRAM_SENT,
    ]  # fmt: skip


def test_reads_a_real_server_and_ends_its_tunnel() -> None:
    assert parse_reply(ASKED, REPLY) == L2tp(
        accepted=True, version="1.0", firmware=0x0690, host="f578186be1ce", vendor="xelerance.com", challenges=False
    )
    assert build_goodbye(ASKED, REPLY) == GOODBYE


def test_reads_a_server_that_declines() -> None:
    declined = message(TYPE_STOP, TUNNEL, pair(1, b"\0\4"))
    assert parse_reply(OURS, declined) == L2tp(
        accepted=False, version="", firmware=0, host="", vendor="", challenges=False
    )
    assert build_goodbye(OURS, declined) == bytes.fromhex("c802 000c 1234 0000 0001 0001")


def test_hidden_and_foreign_attributes_are_left_out() -> None:
    hidden = pair(7, b"\1\2\3\4", flags=0xC000)
    found = parse_reply(OURS, message(TYPE_REPLY, hidden, pair(8, b"other", vendor=9), pair(11, b"x" * 16)))
    assert (found.host, found.vendor, found.challenges) == ("", "", True)


def test_no_goodbye_where_no_tunnel_was_named() -> None:
    assert build_goodbye(OURS, message(TYPE_REPLY)) == b""


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (b"", "expected a control message"),
        (message(TYPE_REPLY, tunnel=8), "expected a control message to our tunnel"),
        (message(TYPE_REPLY, flags=0x0002), "expected a control message"),
        (message(TYPE_REPLY)[:-1], "expected a control message"),
        (message(pair(0, b"\0\1")), "got message 0001"),
        (message(TUNNEL), "without type"),
        (message(), "without type"),
        (message(TYPE_REPLY, b"\x80\x05\0\0\0"), "attribute of 5 bytes"),
        (message(TYPE_REPLY, b"\x80\x40\0\0\0\7"), "attribute of 64 bytes"),
    ],
)
def test_anything_else_is_an_error(reply: bytes, says: str) -> None:
    with pytest.raises(ParseError, match=says):
        parse_reply(OURS, reply)
    assert build_goodbye(OURS, reply) == b""


@given(st.one_of(st.binary(max_size=80), damaged([REPLY, message(TYPE_STOP, TUNNEL)])))
def test_reading_is_total(reply: bytes) -> None:
    assert len(build_goodbye(OURS, reply)) in {0, 12, 36}
