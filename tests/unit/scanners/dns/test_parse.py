from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.dns.parse import build_question, parse_answer
from sekisho.errors import ParseError
from sekisho.model.service_facts import DnsServer
from tests.unit.scanners.strategies import damaged

ASKED = build_question(b"\x12\x34")
QUESTION = ASKED[12:]


def answer(flags: int, rest: bytes = QUESTION, *, number: bytes = b"\x12\x34", questions: int = 1) -> bytes:
    return number + flags.to_bytes(2, "big") + questions.to_bytes(2, "big") + bytes(6) + rest


def test_the_question_is_for_localhost_alone() -> None:
    assert len(ASKED) == 27
    assert QUESTION == b"\x09localhost\0" + b"\0\1\0\1"


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (answer(0x8180), DnsServer(recursion=True, code=0)),
        (answer(0x8580, QUESTION.upper() + bytes(16)), DnsServer(recursion=True, code=0)),
        (answer(0x8103), DnsServer(recursion=False, code=3)),
        (answer(0x8105), DnsServer(recursion=False, code=5)),
        (answer(0x8101, b"", questions=0), DnsServer(recursion=False, code=1)),
    ],
)
def test_reads_an_answer(reply: bytes, found: DnsServer) -> None:
    assert parse_answer(ASKED, reply) == found
    assert found.shown.startswith("DNS: recursion ")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        ASKED,
        answer(0x8180)[:11],
        answer(0x8180, number=b"\x12\x35"),
        answer(0xA880),
        answer(0x8180, b"\x07example\0\0\1\0\1"),
    ],
)
def test_anything_else_is_an_error(reply: bytes) -> None:
    with pytest.raises(ParseError, match="DNS: got"):
        parse_answer(ASKED, reply)


@given(st.one_of(st.binary(max_size=80), damaged([answer(0x8180), answer(0x8105)])))
def test_reading_is_total(reply: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_answer(ASKED, reply).code in range(16)
