from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ipmi.parse import SEQUENCES, build_question, parse_answer
from sekisho.errors import ParseError
from sekisho.model.udp_facts import IpmiChannel
from tests.unit.scanners.strategies import damaged

ASKED = build_question(5, by_version_2=True)


def checked(data: bytes) -> bytes:
    return data + bytes([-sum(data) & 0xFF])


def answer(
    types: int = 0x95, status: int = 0x04, extended: int = 3, *, sequence: int = 5, code: int = 0, command: int = 0x38
) -> bytes:
    body = bytes([0x20, sequence << 2, command, code, 1, types, status, extended, 0, 0, 0, 0])
    message = checked(b"\x81\x1c") + checked(body)
    return bytes.fromhex("0600ff07") + bytes(9) + bytes([len(message)]) + message


def test_the_question_stands_before_any_session() -> None:
    assert ASKED.hex() == "0600ff07" + "00" * 9 + "09" + "2018c8" + "8114388e04" + "a1"
    assert build_question(5, by_version_2=False)[19] == 0x38
    assert build_question(5, by_version_2=False)[20] == 0x0E
    assert all(len(build_question(n, by_version_2=True)) == 23 for n in SEQUENCES)


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (answer(), IpmiChannel(("1.5", "2.0"), ("none", "md5", "password"), False, False, True, True)),
        (answer(0x84, 0x07, 2), IpmiChannel(("2.0",), ("md5",), True, True, True, True)),
        (answer(0x26, 0x1C), IpmiChannel((), ("md2", "md5", "oem"), False, False, False, False)),
    ],
)  # fmt: skip
def test_reads_an_answer(reply: bytes, found: IpmiChannel) -> None:
    assert parse_answer(ASKED, reply) == found
    assert found.shown.startswith("IPMI ")


@pytest.mark.parametrize(("reply", "free"), [(answer(), True), (answer(0x84, 0x01), True), (answer(0x84, 0x06), False)])
def test_who_needs_no_password(reply: bytes, free: bool) -> None:
    assert parse_answer(ASKED, reply).needs_no_password is free


@pytest.mark.parametrize(
    "reply",
    [
        b"", ASKED, answer()[:-1], answer(code=0xCC), answer(sequence=6), answer(command=1), b"\5" + answer()[1:],
        answer()[:-1] + b"\0",
    ],
)  # fmt: skip
def test_anything_else_is_an_error(reply: bytes) -> None:
    with pytest.raises(ParseError, match="IPMI: got"):
        parse_answer(ASKED, reply)


@given(st.one_of(st.binary(max_size=60), damaged([answer(), answer(0x26)])))
def test_reading_is_total(reply: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert set(parse_answer(ASKED, reply).versions) <= {"1.5", "2.0"}
