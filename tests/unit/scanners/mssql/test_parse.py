from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.devices.database.mssql import answering
from scanners.mssql.parse import REQUEST, is_whole, parse_answer
from sekisho.errors import ParseError
from sekisho.model.database_facts import MssqlPrelogin

ANSWER = answering("16.0.1000", "off")(REQUEST) or b""


@pytest.mark.parametrize("encryption", ["off", "on", "not_supported"])
def test_reads_an_answer(encryption: str) -> None:
    answer = answering("16.0.1000", encryption)(REQUEST) or b""
    assert is_whole(answer)
    assert not is_whole(answer[:-1])
    assert parse_answer(answer) == MssqlPrelogin("16.0.1000", encryption)


def framed(body: bytes) -> bytes:
    return struct.pack(">BBHHBB", 4, 1, 8 + len(body), 0, 1, 0) + body


@pytest.mark.parametrize(
    "received",
    [b"", ANSWER[:-1], REQUEST, framed(b"\xff"), framed(b"\x00\x00\x06\x00\x06\xff" + bytes(6)), b"HTTP/1.1"],
)
def test_anything_else_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError, match="SQL Server: got"):
        parse_answer(received)


@pytest.mark.parametrize(("received", "whole"), [(b"", False), (b"\x04\x01\x00", False), (b"H", True)])
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


@given(st.binary(max_size=120))
def test_reading_is_total(raw: bytes) -> None:
    for data in (raw, framed(raw)):
        with contextlib.suppress(ParseError):
            assert parse_answer(data).shown.startswith("SQL Server")
