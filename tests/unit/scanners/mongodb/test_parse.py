from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.devices.database.mongodb import answering
from scanners.mongodb.bson import read_document
from scanners.mongodb.parse import REQUEST, is_whole, parse_answer
from sekisho.errors import ParseError
from sekisho.model.database_facts import MongodbHello

ANSWER = answering(17)(REQUEST) or b""


def reply(elements: bytes) -> bytes:
    document = struct.pack("<i", 5 + len(elements)) + elements + b"\0"
    body = struct.pack("<iqii", 0, 0, 0, 1) + document
    return struct.pack("<iiii", 16 + len(body), 9, 1, 1) + body


OK = b"\x01ok\0" + struct.pack("<d", 1.0)


def test_reads_an_answer() -> None:
    assert is_whole(ANSWER)
    assert not is_whole(ANSWER[:-1])
    assert parse_answer(ANSWER) == MongodbHello(17, primary=True, replica_set="")


def test_reads_a_member_of_a_replica_set_that_takes_no_writes() -> None:
    name = b"\x02setName\0" + struct.pack("<i", 4) + b"rs0\0"
    told = reply(b"\x08ismaster\0\0" + name + b"\x10maxWireVersion\0\x15\0\0\0" + OK)
    assert parse_answer(told) == MongodbHello(21, primary=False, replica_set="rs0")


@pytest.mark.parametrize(
    "received",
    [b"", ANSWER[:20], ANSWER[:-1], reply(OK), reply(b"\x10maxWireVersion\0\x15\0\0\0"), reply(b"\x42x\0"), b"\0" * 60],
)
def test_anything_else_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError):
        parse_answer(received)


@pytest.mark.parametrize(("received", "whole"), [(b"", False), (ANSWER[:15], False), (b"HTTP/1.1 400 Bad", True)])
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


@given(st.binary(max_size=200))
def test_reading_is_total(raw: bytes) -> None:
    with contextlib.suppress(ParseError):
        parse_answer(raw)


@given(st.binary(max_size=120))
def test_reading_what_is_framed_as_an_answer_is_total(elements: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_answer(reply(elements)).shown.startswith("MongoDB")


@given(st.integers(-(2**31), 2**31 - 1), st.booleans(), st.floats(allow_nan=False), st.text("abc", max_size=20))
def test_plain_values_come_back(number: int, flag: bool, real: float, text: str) -> None:
    raw = text.encode()
    elements = (
        b"\x10n\0" + struct.pack("<i", number) + b"\x08f\0" + bytes([flag]) + b"\x01r\0" + struct.pack("<d", real)
        + b"\x02t\0" + struct.pack("<i", len(raw) + 1) + raw + b"\0" + b"\x0az\0"
    )  # fmt: skip
    document = struct.pack("<i", 5 + len(elements)) + elements + b"\0"
    assert read_document(document) == {"n": number, "f": flag, "r": real, "t": text, "z": None}
