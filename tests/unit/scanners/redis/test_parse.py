from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.redis.parse import is_whole, parse_answer
from sekisho.errors import ParseError
from sekisho.model.database_facts import RedisAnswer


@pytest.mark.parametrize(
    ("received", "answer"),
    [
        (b"+PONG\r\n", "pong"),
        (b"-NOAUTH Authentication required.\r\n", "log_in"),
        (b"-ERR operation not permitted\r\n", "log_in"),
        (b"-NOPERM this user has no permissions to run the 'ping' command\r\n", "no_permission"),
        (b"-DENIED Redis is running in protected mode because protected mode is enabled\r\n", "denied"),
    ],
)
def test_reads_an_answer(received: bytes, answer: str) -> None:
    assert is_whole(received)
    assert parse_answer(received) == RedisAnswer(answer)


@pytest.mark.parametrize(
    "received", [b"", b"+PON", b"+PONG", b"+OK\r\n", b"-ERR max number of clients reached\r\n", b"S"]
)
def test_anything_else_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError, match="Redis: got"):
        parse_answer(received)


@pytest.mark.parametrize(("received", "whole"), [(b"", False), (b"+PONG\r", False), (b"-", False), (b"H", True)])
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


@given(st.binary(max_size=80))
def test_reading_is_total(raw: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_answer(raw).shown.startswith("Redis")
