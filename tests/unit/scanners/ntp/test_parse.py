from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ntp.parse import build_control, build_question, join, parse_answer, parse_reply
from sekisho.errors import ParseError
from sekisho.model.service_facts import NtpServer
from sekisho.model.udp_facts import NtpControl
from tests.unit.scanners.strategies import damaged

RANDOM = bytes(range(8))
ASKED = build_question(RANDOM)


def answer(first: int = 0x24, stratum: int = 2, reference: bytes = b"\xc0\0\2\1", origin: bytes = RANDOM) -> bytes:
    return bytes([first, stratum, 6, 0xE8]) + bytes(8) + reference + bytes(8) + origin + bytes(16)


def test_the_question_is_a_clients_and_tells_nothing_of_us() -> None:
    assert (len(ASKED), ASKED[0], ASKED[1:40], ASKED[40:]) == (48, 0x23, bytes(39), RANDOM)


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (answer(), NtpServer(4, 2, synchronised=True, kiss="")),
        (answer(0xDC, 0, b"RATE"), NtpServer(3, 0, synchronised=False, kiss="RATE")),
        (answer(0xE4, 16), NtpServer(4, 16, synchronised=False, kiss="")),
        (answer() + b"further fields", NtpServer(4, 2, synchronised=True, kiss="")),
    ],
)
def test_reads_an_answer(reply: bytes, found: NtpServer) -> None:
    assert parse_answer(ASKED, reply) == found
    assert found.shown.startswith("NTP")


@pytest.mark.parametrize("reply", [b"", answer()[:-1], ASKED, answer(0x23), answer(0x26), answer(origin=bytes(8))])
def test_anything_else_is_an_error(reply: bytes) -> None:
    with pytest.raises(ParseError, match="NTP: got"):
        parse_answer(ASKED, reply)


@given(st.one_of(st.binary(max_size=80), damaged([answer(), answer(0xDC, 0, b"\xff\0\x1b[")])))
def test_reading_is_total(reply: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_answer(ASKED, reply).stratum in range(256)


QUERY = build_control(b"\x12\x34")
TEXT = b'version="ntpd 4.2.8p15@1.3728-o Wed Sep 23", processor="x86_64", system="Linux/5.10", leap=0,\r\nrefid=a'


def variables(text: bytes = TEXT, at: int = 0, code: int = 0x82, number: bytes = b"\x12\x34") -> bytes:
    padded = text + bytes(-len(text) % 4)
    return bytes([0x16, code]) + number + bytes(4) + at.to_bytes(2, "big") + len(text).to_bytes(2, "big") + padded


def test_the_control_query_reads_and_names_no_other_server() -> None:
    assert b"\x16\x02\x12\x34" + bytes(8) == QUERY


def test_a_control_answer_in_parts_is_put_together() -> None:
    parts = [variables(TEXT[50:], 50), variables(TEXT[:50], 0, 0xA2)]
    server = parse_reply(ASKED, answer())
    assert isinstance(server, NtpServer)
    (first, control) = join([server, *(parse_reply(QUERY, part) for part in parts)])
    assert first == server
    size = sum(map(len, parts))
    assert control == NtpControl("ntpd 4.2.8p15@1.3728-o Wed Sep 23", "Linux/5.10", "x86_64", 12, size)
    assert control.shown.endswith(f"(12 → {size} bytes)")
    assert join([server]) == (server,)
    assert join([parse_reply(QUERY, variables(b"leap=0"))]) == (NtpControl("", "", "", 12, 20),)


@pytest.mark.parametrize(
    "reply",
    [b"", QUERY, answer(), variables()[:-4], variables(code=0xC2), variables(code=0x81), variables(number=b"\0\0")],
)
def test_no_variables_are_an_error(reply: bytes) -> None:
    with pytest.raises(ParseError, match="NTP: got"):
        parse_reply(QUERY, reply)


@given(st.one_of(st.binary(max_size=80), damaged([variables(), variables(b'version="\x1b[31m')])))
def test_reading_variables_is_total(reply: bytes) -> None:
    with contextlib.suppress(ParseError):
        (found,) = join([parse_reply(QUERY, reply)])
        assert isinstance(found, NtpControl)
        assert "\x1b" not in found.shown
