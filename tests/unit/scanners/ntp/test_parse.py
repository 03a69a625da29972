from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ntp.parse import build_question, parse_answer
from sekisho.errors import ParseError
from sekisho.model.service_facts import NtpServer
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
