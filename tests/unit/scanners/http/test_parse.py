from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.http.parse import MOST_BYTES, begun_status, parse_response
from sekisho.errors import ParseError
from tests.unit.scanners import golden
from tests.unit.scanners.strategies import damaged

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("data", "body", "is_complete"),
    [
        (OK + b"Content-Length: 3\r\n\r\nabcdef", b"abc", True),
        (OK + b"Content-Length: 9\r\n\r\nabc", b"abc", False),
        (OK + b"Content-Length: x\r\n\r\nabc", b"abc", False),
        (OK + b"\r\nabc", b"abc", False),
        (OK.replace(b"\r", b"") + b"A: b\n\nabc", b"abc", False),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", b"abcde", True),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz", b"abc", False),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\nabc", b"abc", False),
        (b"HTTP/1.0 204\r\n\r\nrest", b"", True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\nx", b"x", True),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"page", mtime=0), b"page", False),
        (OK + b"Content-Encoding: gzip\r\n\r\nnot gzip", b"not gzip", False),
    ],
)
def test_bodies(data: bytes, body: bytes, is_complete: bool) -> None:
    read = parse_response(data)
    assert (read.body, read.is_complete) == (body, is_complete)


def test_headers_are_folded_and_repeated_ones_kept() -> None:
    read = parse_response(OK + b"Server: a\r\n b\r\nSet-Cookie: x=1\r\nSet-Cookie: y=2\r\nnonsense\r\n\r\n")
    assert read.header("server") == "a b"
    assert [value for name, value in read.headers if name == "set-cookie"] == ["x=1", "y=2"]
    assert read.header("via") == ""


@pytest.mark.parametrize("data", [b"", b"HTTP/", b"SSH-2.0-x\r\n\r\n", OK, OK + b"A: b\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_whole_head_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        parse_response(data)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (OK, 200),
        (OK + b"X-Long: " + b"a" * 2 * MOST_BYTES, 200),
        (b"HTTP/1.0 401 " + b"a" * 2 * MOST_BYTES, 401),
        (b"HTTP/1.1 100\r\n\r\n" * 9, 100),
        (b"HTTP/1.1 20", None),
        (b"HTTP/1.1 2000 x\r\n", None),
        (b"220 ready\r\n", None),
        (b"", None),
    ],
)
def test_how_a_response_begins(data: bytes, status: int | None) -> None:
    assert begun_status(data) == status


def test_a_compressed_body_never_grows_beyond_the_limit() -> None:
    bomb = gzip.compress(bytes(20 * MOST_BYTES))
    assert len(parse_response(OK + b"Content-Encoding: gzip\r\n\r\n" + bomb).body) == MOST_BYTES


@given(st.one_of(st.binary(max_size=300), damaged([received for _, received in golden.streams("http")])))
def test_parsing_is_total(data: bytes) -> None:
    for given_bytes in (data, OK + data):
        try:
            parse_response(given_bytes)
        except ParseError:
            continue
