from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.devices.database.cassandra import answering
from scanners.cassandra.parse import REQUEST, is_whole, parse_answer
from sekisho.errors import ParseError
from sekisho.model.database_facts import CassandraOptions
from tests.unit.scanners.golden import transcript

ANSWER = answering("3.4.5")(REQUEST) or b""


def framed(opcode: int, body: bytes, version: int = 0x84) -> bytes:
    return struct.pack(">BBhBI", version, 0, 0, opcode, len(body)) + body


@pytest.mark.parametrize(
    ("received", "read"),
    [
        (ANSWER, CassandraOptions(4, ("3.4.5",))),
        (framed(6, b"\0\0"), CassandraOptions(4, ())),
        (transcript("cassandra", "old").received(), CassandraOptions(2, ())),
    ],
)
def test_reads_an_answer(received: bytes, read: CassandraOptions) -> None:
    assert is_whole(received)
    assert not is_whole(received[:-1])
    assert parse_answer(received) == read


@pytest.mark.parametrize(
    "received",
    [b"", ANSWER[:-1], REQUEST, framed(6, b"\0\x01\0\x05abc"), framed(0, b"\0\0\0\x0a\0\0"), framed(6, b"\0\0", 0xFF)],
)
def test_anything_else_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError, match="Cassandra: got"):
        parse_answer(received)


@pytest.mark.parametrize(("received", "whole"), [(b"", False), (b"\x84\0\0", False), (b"H", True)])
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


@given(st.binary(max_size=120))
def test_reading_is_total(raw: bytes) -> None:
    for data in (raw, framed(6, raw), framed(0, raw)):
        with contextlib.suppress(ParseError):
            assert parse_answer(data).shown.startswith("Cassandra")
