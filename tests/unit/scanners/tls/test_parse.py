from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.tls.cursor import Cursor
from scanners.tls.parse import (
    KeyExchange,
    parse_certificate_request,
    parse_certificate_request_13,
    parse_certificates,
    parse_certificates_13,
    parse_key_exchange,
    parse_server_hello,
)
from scanners.tls.records import clear_messages, split_records
from sekisho.errors import ParseError
from tests.unit.scanners import golden
from tests.unit.scanners.certs import name
from tests.unit.scanners.strategies import damaged

PARSERS: tuple[Callable[[bytes], object], ...] = (
    parse_server_hello,
    parse_certificates,
    parse_certificates_13,
    parse_certificate_request_13,
    lambda data: parse_certificate_request(data, "tls1.0"),
    lambda data: parse_certificate_request(data, "tls1.2"),
    *(lambda data, code=code: parse_key_exchange(data, code) for code in (0xC02F, 0x0033, 0x0003, 0x0018, 0x008C)),
)
BODIES = [
    message.body
    for _, received in golden.streams("tls")
    if received[:1] in {b"\x16", b"\x15"}
    for message in clear_messages(split_records(received)[0])
]


def hello(version: bytes = b"\x03\x03", tail: bytes = b"") -> bytes:
    return version + bytes(32) + b"\x00" + b"\x00\x2f" + b"\x00" + tail


def test_a_hello_without_extensions_is_that_of_ssl3() -> None:
    assert parse_server_hello(hello(b"\x03\x00")).version == "ssl3"


def test_supported_versions_decide_the_version() -> None:
    tail = b"\x00\x06" + b"\x00\x2b\x00\x02\x03\x04"
    assert parse_server_hello(hello(tail=tail)).version == "tls1.3"


def test_an_unknown_version_has_no_name() -> None:
    assert parse_server_hello(hello(b"\x03\x09")).version == ""


@pytest.mark.parametrize(
    "body", [b"", hello()[:-1], hello(b"\x02\x00"), hello(tail=b"\x00\x09x"), hello(tail=b"\0\0x")]
)
def test_what_is_no_server_hello_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse_server_hello(body)


def test_authorities_are_read_as_text() -> None:
    encoded = name("ca.example").public_bytes()
    names = len(encoded).to_bytes(2, "big") + encoded
    old = b"\x01\x01" + len(names).to_bytes(2, "big") + names
    assert parse_certificate_request(old, "tls1.0").authorities == ("CN=ca.example,O=Test",)
    new = b"\x01\x01" + b"\x00\x02\x04\x01" + len(names).to_bytes(2, "big") + names
    assert parse_certificate_request(new, "tls1.2").authorities == ("CN=ca.example,O=Test",)


@pytest.mark.parametrize(
    ("body", "suite", "expected"),
    [
        (b"\x03\x00\x17" + b"\x41" + bytes(65), 0xC02F, KeyExchange("ecdhe", "secp256r1", 256, 23)),
        (b"\x03\x00\x1d" + b"\x20" + bytes(32), 0xC02F, KeyExchange("ecdhe", "x25519", 256, 29)),
        (b"\x01" + bytes(9), 0xC02F, KeyExchange("ecdhe", "explicit", 0)),
        (b"\x00\x80\x80" + bytes(127), 0x0033, KeyExchange("dhe", "dh1024", 1024)),
        (b"\x00\x40\x80" + bytes(63), 0x0034, KeyExchange("dhe", "dh512", 512)),
        (b"\x00\x40\x80" + bytes(63), 0x0003, KeyExchange("rsa_export", "rsa512", 512)),
        (b"", 0x008C, None),
        (b"", 0x002F, None),
    ],
)
def test_group_and_size_of_the_key_exchange(body: bytes, suite: int, expected: KeyExchange | None) -> None:
    assert parse_key_exchange(body, suite) == expected


@given(st.one_of(st.binary(max_size=200), damaged(BODIES)))
def test_parsers_are_total(data: bytes) -> None:
    for parse in PARSERS:
        try:
            parse(data)
        except ParseError:
            continue


def test_cursor_says_what_it_wanted() -> None:
    with pytest.raises(ParseError, match="random: got 1 bytes, expected 2"):
        Cursor(b"x").take(2, "random")
    with pytest.raises(ParseError, match="surplus"):
        Cursor(b"x").end("hello")
