from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.pptp.parse import REQUEST, is_whole, parse_reply
from sekisho.errors import ParseError
from sekisho.model.vpn_facts import Pptp
from tests.unit.scanners.golden import transcript
from tests.unit.scanners.strategies import damaged

REPLY = transcript("pptp", "pptpd").received()


def changed(at: int, to: bytes) -> bytes:
    return REPLY[:at] + to + REPLY[at + len(to) :]


def test_the_request_is_a_whole_message_that_names_nobody() -> None:
    assert (len(REQUEST), REQUEST[:2], REQUEST[4:8]) == (156, b"\0\x9c", b"\x1a\x2b\x3c\x4d")
    assert set(REQUEST[28:]) == {0}


def test_reads_a_real_server() -> None:
    assert parse_reply(REPLY) == Pptp(accepted=True, version="1.0", firmware=1, host="local", vendor="linux")


def test_a_refusal_is_read_as_well() -> None:
    assert parse_reply(changed(14, b"\4")).accepted is False


@pytest.mark.parametrize(
    "received", [b"", REPLY[:-1], REQUEST, changed(4, b"\0"), changed(0, b"\0\x10"), changed(2, b"\0\2")]
)
def test_anything_else_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError, match="PPTP: got"):
        parse_reply(received)


@pytest.mark.parametrize(
    ("received", "whole"),
    [(b"", False), (REPLY[:6], False), (REPLY[:-1], False), (REPLY, True), (b"HTTP/1.1 400", True)],
)
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


@given(st.one_of(st.binary(max_size=200), damaged([REPLY])))
def test_reading_is_total(raw: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_reply(raw).version
