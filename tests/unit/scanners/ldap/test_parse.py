from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ber import OCTETS, SEQUENCE, element, elements, encode
from scanners.ldap.parse import REQUEST, is_whole, parse_root, parse_start_tls
from sekisho.errors import ParseError
from sekisho.model.service_facts import LdapRoot
from tests.unit.scanners.golden import transcript
from tests.unit.scanners.strategies import damaged

OPENLDAP = transcript("ldap", "openldap-tls").received()
CLOSED = transcript("ldap", "openldap-authc").received()
OID = b"1.3.6.1.4.1.1466.20037"
NUMBER, DONE = encode(2, b"\1"), encode(0x65, encode(10, b"\0"), encode(4), encode(4))


def attribute(name: bytes, *values: bytes) -> bytes:
    return encode(SEQUENCE, encode(OCTETS, name), encode(0x31, *(encode(OCTETS, value) for value in values)))


def answer(*attributes: bytes) -> bytes:
    entry = encode(0x64, encode(OCTETS), encode(SEQUENCE, *attributes))
    return encode(SEQUENCE, NUMBER, entry) + encode(SEQUENCE, NUMBER, DONE)


def in_four_bytes(encoded: bytes) -> bytes:
    """Write the lengths of sequences as Active Directory does: always in four bytes."""
    parts = (
        (tag, in_four_bytes(content) if tag in {SEQUENCE, 0x31, 0x64, 0x65} else content)
        for tag, content in elements(encoded)
    )
    return b"".join(bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content for tag, content in parts)


ACTIVE_DIRECTORY = in_four_bytes(
    answer(
        attribute(b"namingContexts", b"DC=byoin,DC=example,DC=jp", b"CN=Configuration,DC=byoin,DC=example,DC=jp"),
        attribute(b"supportedExtension", b"1.2.3", OID),
        attribute(b"dnsHostName", b"dc1.byoin.example.jp"),
    )
)


def test_the_request_asks_for_the_root_alone_and_logs_nobody_in() -> None:
    (message,) = [content for _, content in elements(REQUEST)]
    (number, one), (search, inside) = elements(message)
    assert (number, one, search) == (2, b"\1", 0x63)
    base, scope, *_ = elements(inside)
    assert (base, scope) == ((4, b""), (10, b"\0"))


@pytest.mark.parametrize(
    ("received", "found"),
    [
        (OPENLDAP, LdapRoot(0, "", "", "", ("dc=example,dc=jp",), offers_tls=True)),
        (CLOSED, LdapRoot(53, "", "", "", (), offers_tls=None)),
        (
            ACTIVE_DIRECTORY,
            LdapRoot(
                0, "", "", "dc1.byoin.example.jp",
                ("DC=byoin,DC=example,DC=jp", "CN=Configuration,DC=byoin,DC=example,DC=jp"), offers_tls=True,
            ),
        ),
        (
            answer(attribute(b"VENDORNAME", b"389 Project"), attribute(b"vendorVersion", b"2.4.5"), attribute(b"x")),
            LdapRoot(0, "389 Project", "2.4.5", "", (), offers_tls=None),
        ),
        (answer(attribute(b"supportedExtension", b"1.2.3")), LdapRoot(0, "", "", "", (), offers_tls=False)),
    ],
    ids=["openldap", "no access", "active directory", "vendor", "no extension"],
)  # fmt: skip
def test_reads_the_root(received: bytes, found: LdapRoot) -> None:
    assert is_whole(received)
    assert not is_whole(received[:-1])
    assert parse_root(received) == found
    assert found.shown.startswith("LDAP: ")


@pytest.mark.parametrize(
    "received",
    [b"", OPENLDAP[:-1], b"HTTP/1.1 400", b"\x30\x80", b"\x30\x85\0\0\0\0\1", b"\x30\3\2\1\1", b"\x30\0", answer()[:9]],
)
def test_anything_else_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError, match=r"LDAP: got|BER: got"):
        parse_root(received)


@pytest.mark.parametrize(
    ("received", "whole"),
    [(b"", False), (b"\x30", False), (b"\x30\x0c\2\1\1", False), (b"H", True), (b"\x30\x80", True), (b"\x30\0", True)],
)
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


@pytest.mark.parametrize(
    ("received", "found"),
    [
        (bytes.fromhex("300c02010178070a010004000400"), (14, True)),
        (bytes.fromhex("300c02010178070a010204000400") + b"\x16", (14, False)),
        (bytes.fromhex("300c02010178"), None),
    ],
)
def test_the_answer_to_start_tls(received: bytes, found: tuple[int, bool] | None) -> None:
    assert parse_start_tls(received) == found


@pytest.mark.parametrize("received", [b"HTTP/1.1 400 Bad Request", OPENLDAP, b"\x30\x80"])
def test_another_answer_to_start_tls_is_an_error(received: bytes) -> None:
    with pytest.raises(ParseError, match=r"LDAP: got|BER: got"):
        parse_start_tls(received)


@given(st.integers(0, 255), st.binary(max_size=300))
def test_what_was_encoded_is_read_again(tag: int, content: bytes) -> None:
    encoded = encode(tag, content)
    assert element(encoded + b"more") == (tag, content, len(encoded))
    assert all(element(encoded[:cut]) is None for cut in range(len(encoded)))


@given(st.one_of(st.binary(max_size=300), damaged([OPENLDAP, CLOSED, ACTIVE_DIRECTORY])))
def test_reading_is_total(raw: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_root(raw).result >= 0
    with contextlib.suppress(ParseError):
        parse_start_tls(raw)
    assert is_whole(raw) in {True, False}
