from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.sstp.parse import ENDLESS, build_request, is_whole, parse_answer
from sekisho.errors import ParseError
from sekisho.model.vpn_facts import Sstp

TAKEN = f"HTTP/1.1 200\r\nContent-Length: {ENDLESS}\r\nServer: Microsoft-HTTPAPI/2.0\r\n\r\n".encode()


def test_the_request_has_no_body_and_names_nobody() -> None:
    request = build_request("[2001:db8::1]:8443")
    assert request.startswith(b"SSTP_DUPLEX_POST /sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/ HTTP/1.1\r\n")
    assert b"\r\nHost: [2001:db8::1]:8443\r\n" in request
    assert request.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("received", "read"),
    [
        (TAKEN, Sstp("Microsoft-HTTPAPI/2.0")),
        (TAKEN.replace(b"Server: Microsoft-HTTPAPI/2.0\r\n", b""), Sstp("")),
        (TAKEN.replace(b"200", b"405"), None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", None),
        (b"HTTP/1.1 404 Not Found\r\nServer: Microsoft-HTTPAPI/2.0\r\n\r\n", None),
    ],
)
def test_only_an_endless_answer_is_a_tunnel(received: bytes, read: Sstp | None) -> None:
    assert is_whole(received)
    assert parse_answer(received) == read


@pytest.mark.parametrize("received", [b"", b"\x16\x03\x01", TAKEN[:20]])
def test_anything_else_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError):
        parse_answer(received)


@pytest.mark.parametrize(("received", "whole"), [(b"", False), (b"HTTP/1.1 200\r\n", False), (b"\x16", True)])
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


@given(st.binary(max_size=80), st.sampled_from([b"", TAKEN[:-2]]))
def test_reading_is_total(raw: bytes, start: bytes) -> None:
    with contextlib.suppress(ParseError):
        found = parse_answer(start + raw)
        assert found is None or found.shown.startswith("SSTP")
