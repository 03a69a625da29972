from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.memcached.parse import is_whole, parse_answer
from sekisho.errors import ParseError
from sekisho.model.database_facts import MemcachedAnswer


@pytest.mark.parametrize(
    ("received", "version"), [(b"VERSION 1.6.18\r\n", "1.6.18"), (b"CLIENT_ERROR unauthenticated\r\n", "")]
)
def test_reads_an_answer(received: bytes, version: str) -> None:
    assert is_whole(received)
    assert parse_answer(received) == MemcachedAnswer(version)


@pytest.mark.parametrize(
    "received", [b"", b"VERSION 1.6.18", b"VERSION \r\n", b"ERROR\r\n", b"VERSION 1\r\nVERSION 2\r\n", b"+PONG\r\n"]
)
def test_anything_else_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError, match="memcached: got"):
        parse_answer(received)


@pytest.mark.parametrize(("received", "whole"), [(b"", False), (b"VERS", False), (b"VERSION 1.6", False), (b"E", True)])
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


@given(st.binary(max_size=80))
def test_reading_is_total(raw: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_answer(raw).shown.startswith("memcached")
