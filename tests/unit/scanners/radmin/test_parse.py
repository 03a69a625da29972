from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.devices.remote_control import answering
from scanners.radmin.parse import REQUEST, is_whole, parse_answer
from sekisho.errors import ParseError
from sekisho.model.service_facts import RadminAnswer

THREE = answering(REQUEST) or b""


@pytest.mark.parametrize(
    ("received", "version"),
    [
        (THREE, 3),
        (bytes.fromhex("010000002509000110080100") + bytes(40), 2),
        (bytes.fromhex("01000000090000104f2f100000040000001c"), 0),
    ],
)
def test_reads_an_answer(received: bytes, version: int) -> None:
    assert is_whole(received)
    assert parse_answer(received) == RadminAnswer(version)


@pytest.mark.parametrize("received", [b"", THREE[:7], b"\x01\0\0\0\x25\0\0\x07", REQUEST, b"HTTP/1.1 400"])
def test_anything_else_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError, match="Radmin: got"):
        parse_answer(received)


@pytest.mark.parametrize(("received", "whole"), [(b"", False), (b"\x01\0", False), (THREE[:-1], False), (b"H", True)])
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


@given(st.binary(max_size=60), st.sampled_from([b"", b"\x01\0\0\0"]))
def test_reading_is_total(raw: bytes, start: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_answer(start + raw).shown.startswith("Radmin")
