from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.rdp.parse import REQUEST, START_TLS, is_whole, parse_confirm, parse_start_tls
from sekisho.errors import ParseError
from sekisho.model.windows_facts import RdpSecurity


def confirm(negotiation: str = "", kind: int = 0xD0) -> bytes:
    rest = bytes([kind, 0, 0, 0x12, 0x34, 0]) + bytes.fromhex(negotiation)
    return b"\x03\x00" + (5 + len(rest)).to_bytes(2, "big") + bytes([len(rest)]) + rest


def test_the_request_is_what_the_specification_says() -> None:
    assert len(REQUEST) == int.from_bytes(REQUEST[2:4], "big") == 19
    assert REQUEST[4] == len(REQUEST) - 5
    assert is_whole(REQUEST)


@pytest.mark.parametrize(
    ("answer", "lowest", "negotiates", "code"),
    [
        (confirm(), "standard", False, 0),
        (confirm("0200080000000000"), "standard", True, 0),
        (confirm("02 1f 0800 01000000"), "tls", True, 1),
        (confirm("0200080002000000"), "credssp", True, 2),
        (confirm("0300080001000000"), "tls", True, 1),
        (confirm("0300080005000000"), "credssp", True, 5),
        (confirm("0300080006000000"), "tls", True, 6),
        (confirm("0300080004000000"), "", True, 4),
    ],
    ids=["too old to negotiate", "standard", "chose TLS", "chose CredSSP", "wants TLS", "wants CredSSP",
         "wants TLS and a certificate", "other refusal"],
)  # fmt: skip
def test_reads_the_lowest_level(answer: bytes, lowest: str, negotiates: bool, code: int) -> None:
    assert is_whole(answer)
    assert parse_confirm(answer) == RdpSecurity(lowest, negotiates, code)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400\r\n", confirm()[:-1], confirm(kind=0x80), confirm("0400080000000000"), confirm("02")]
)
def test_anything_else_is_an_error(answer: bytes) -> None:
    with pytest.raises(ParseError):
        parse_confirm(answer)


@pytest.mark.parametrize(("received", "whole"), [(b"", False), (b"\x03\x00", False), (b"S", True), (b"SSH-2.0", True)])
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole
    assert not is_whole(confirm()[:-1])


@given(st.one_of(st.binary(max_size=64), st.binary(max_size=30).map(lambda b: b"\x03\x00\x00\x13\x0e\xd0" + b)))
def test_parse_is_total(raw: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_confirm(raw).lowest in {"standard", "tls", "credssp", ""}


@pytest.mark.parametrize(
    ("answer", "moves"),
    [
        (confirm("0200080001000000"), True),
        (confirm("0200080002000000"), True),
        (confirm("0200080000000000"), False),
        (confirm("0300080002000000"), False),
        (confirm("0300080001000000"), False),
        (confirm(), False),
    ],
    ids=["TLS", "CredSSP", "standard security", "no TLS", "a failure with the number of TLS", "too old to negotiate"],
)
def test_tells_whether_tls_comes_next(answer: bytes, moves: bool) -> None:
    assert parse_start_tls(answer) == (len(answer), moves)
    assert parse_start_tls(answer + b"\x16\x03") == (len(answer), moves)
    assert parse_start_tls(answer[:-1]) is None


def test_the_request_for_tls_takes_credssp_too() -> None:
    assert (len(START_TLS), START_TLS[:15], START_TLS[15:]) == (19, REQUEST[:15], b"\x03\0\0\0")
