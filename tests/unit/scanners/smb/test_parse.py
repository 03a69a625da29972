from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.smb.parse import DIALECTS, GUID_BYTES, SALT_BYTES, build_request, is_whole, parse_answer
from sekisho.errors import ParseError
from sekisho.model.windows_facts import SmbDialect

REQUEST = build_request(bytes(range(GUID_BYTES)), bytes(SALT_BYTES))


def answer(dialect: int = 0x0311, mode: int = 1, *, status: int = 0, command: int = 0, flags: int = 1) -> bytes:
    header = b"\xfeSMB\x40\0\0\0" + status.to_bytes(4, "little") + command.to_bytes(2, "little") + b"\1\0"
    header += flags.to_bytes(4, "little") + bytes(44)
    body = b"\x41\0" + mode.to_bytes(2, "little") + dialect.to_bytes(2, "little") + bytes(58)
    return len(header + body).to_bytes(4, "big") + header + body


def test_the_request_is_what_the_specification_says() -> None:
    message = REQUEST[4:]
    body = message[64:]
    assert len(REQUEST) == 180
    assert is_whole(REQUEST)
    assert [int.from_bytes(body[36 + 2 * i : 38 + 2 * i], "little") for i in range(body[2])] == list(DIALECTS)
    at = int.from_bytes(body[28:32], "little")
    assert at % 8 == 0
    assert message[at : at + 4] == b"\1\0\x26\0"  # preauthentication integrity, 38 bytes
    assert message[at + 48 : at + 52] == b"\2\0\6\0"  # encryption, 6 bytes, again at a multiple of 8


@pytest.mark.parametrize(("code", "dialect"), [*DIALECTS.items(), (0x02FF, "0x02ff")])
@pytest.mark.parametrize(("mode", "required"), [(1, False), (3, True), (2, True), (0, False)])
def test_reads_dialect_and_signing(code: int, dialect: str, mode: int, required: bool) -> None:
    found = answer(code, mode)
    assert is_whole(found)
    assert parse_answer(found) == SmbDialect(dialect, signing_required=required)


@pytest.mark.parametrize(
    ("received", "says"),
    [
        (b"", "expected a message of SMB 2"),
        (b"HTTP/1.1 400 x", "expected a message of SMB 2"),
        (b"\0\0\0\x23\xffSMBr" + bytes(30), "got SMB 1"),
        (answer()[:70], "expected a header"),
        (answer(status=0xC00000BB), "status 0xc00000bb"),
        (answer(command=1), "command 1"),
        (answer(flags=0), "expected a server's"),
    ],
)
def test_anything_else_is_an_error(received: bytes, says: str) -> None:
    with pytest.raises(ParseError, match=says):
        parse_answer(received)


@pytest.mark.parametrize(("received", "whole"), [(b"", False), (b"\0\0", False), (b"S", True), (b"SSH-2.0", True)])
def test_when_to_stop_listening(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole
    assert not is_whole(answer()[:-1])


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=150).map(lambda b: answer()[:20] + b)))
def test_parse_is_total(raw: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert parse_answer(raw).dialect
