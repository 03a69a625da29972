from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.devices.database.zookeeper import answering
from scanners.zookeeper.parse import REQUEST, is_whole, parse_answer
from sekisho.errors import ParseError
from sekisho.model.database_facts import ZookeeperAnswer

ANSWER = answering("3.8.0", permits=True)(REQUEST) or b""


@pytest.mark.parametrize(
    ("received", "read"),
    [
        (ANSWER, ZookeeperAnswer("3.8.0", "standalone")),
        (answering("3.8.0", permits=False)(REQUEST) or b"", ZookeeperAnswer("", "")),
        (b"This ZooKeeper instance is not currently serving requests\n", ZookeeperAnswer("", "")),
    ],
)
def test_reads_an_answer(received: bytes, read: ZookeeperAnswer) -> None:
    assert is_whole(received)
    assert parse_answer(received) == read


@pytest.mark.parametrize("received", [b"", b"Zookeeper version: ", b"srvr is not", b"+PONG\r\n", ANSWER[3:]])
def test_anything_else_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError, match="ZooKeeper: got"):
        parse_answer(received)


@pytest.mark.parametrize(("received", "whole"), [(b"", False), (b"Zoo", False), (ANSWER[:-2], False), (b"E", True)])
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


@given(st.binary(max_size=80), st.sampled_from([b"", b"Zookeeper version: "]))
def test_reading_is_total(raw: bytes, start: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_answer(start + raw).shown.startswith("ZooKeeper")
