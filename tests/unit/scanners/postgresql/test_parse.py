from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.postgresql.parse import REQUEST, is_whole, parse_answer
from sekisho.errors import ParseError
from sekisho.model.database_facts import PostgresqlAnswer
from tests.unit.scanners.strategies import damaged

FIELDS = b"SFATAL\0C53300\0Msorry, too many clients already\0\0"
ERROR = b"E" + (4 + len(FIELDS)).to_bytes(4, "big") + FIELDS


def test_the_request_names_no_user() -> None:
    assert [int.from_bytes(REQUEST[at : at + 4], "big") for at in (0, 4)] == [len(REQUEST), 80877103]


@pytest.mark.parametrize(("received", "offers"), [(b"S", True), (b"N", False), (ERROR, None)])
def test_reads_an_answer(received: bytes, offers: bool | None) -> None:
    assert is_whole(received)
    assert parse_answer(received) == PostgresqlAnswer(offers)


@pytest.mark.parametrize(
    "received", [b"", b"SS", b"S\n", b"NO", b"E", ERROR[:-1], ERROR + b"x", b"E\0\0\0\6xx", b"ERR unknown command\r\n"]
)
def test_anything_else_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError, match="PostgreSQL: got"):
        parse_answer(received)


@pytest.mark.parametrize(
    ("received", "whole"), [(b"", False), (b"E", False), (ERROR[:20], False), (ERROR, True), (b"S", True), (b"x", True)]
)
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


@given(st.one_of(st.binary(max_size=80), damaged([ERROR, b"S"])))
def test_reading_is_total(raw: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_answer(raw).shown.startswith("PostgreSQL")
