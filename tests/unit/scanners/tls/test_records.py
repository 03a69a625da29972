from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.tls.records import (
    Alert,
    Content,
    begins_like_tls,
    build_message,
    build_record,
    clear_alerts,
    clear_messages,
    parse_alert,
    split_messages,
    split_records,
)
from sekisho.errors import ParseError


def test_fragmented_and_coalesced_messages_are_put_together() -> None:
    stream = build_message(2, b"a" * 10) + build_message(11, b"b" * 20000) + build_message(14, b"")
    cut = [stream[:3], stream[3:50], stream[50:]]
    records, rest = split_records(b"".join(build_record(Content.HANDSHAKE, 0x0303, piece) for piece in cut))
    assert rest == b""
    assert [(m.kind, len(m.body)) for m in clear_messages(records)] == [(2, 10), (11, 20000), (14, 0)]


def test_an_unfinished_record_is_left_over() -> None:
    whole = build_record(Content.ALERT, 0x0300, b"\x02\x28")
    records, rest = split_records(whole + whole[:4])
    assert len(records) == 1
    assert rest == whole[:4]


@pytest.mark.parametrize(
    "header", [b"HTTP/", b"\x16\x04\x00\x00\x01", b"\x16\x03\x01\xff\xff", b"\x00\x03\x01\x00\x01"]
)
def test_a_header_that_is_none_is_refused(header: bytes) -> None:
    with pytest.raises(ParseError):
        split_records(header + b"x" * 10)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", True), (b"\x16", True), (b"\x15\x03", True), (b"\x16\x03\x00\x00\x05x", True), (b"H", False),
        (b"\x16\x02", False), (b"\x16\x03\x01\x00\x00", False), (b"\x17\x03\x03\x00\x05", False),
        (b"\x16\x03\x01\xff\xff", False),
    ],
)  # fmt: skip
def test_first_bytes_show_whether_it_can_be_tls(data: bytes, expected: bool) -> None:
    assert begins_like_tls(data) is expected


def test_alerts_have_names_and_encrypted_ones_are_left_out() -> None:
    records, _ = split_records(
        build_record(Content.ALERT, 0x0303, b"\x02\x46") + build_record(Content.ALERT, 0x0303, bytes(24))
    )
    assert clear_alerts(records) == (Alert(2, 70),)
    assert Alert(2, 70).name == "protocol_version"
    assert Alert(2, 200).name == "alert_200"
    assert Alert(1, 0).is_fatal
    assert not Alert(1, 112).is_fatal


@given(st.binary(max_size=300))
def test_parsers_are_total(data: bytes) -> None:
    begins_like_tls(data)
    for parse in (split_records, split_messages, parse_alert):
        try:
            parse(data)
        except ParseError:
            continue


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=200)), max_size=5), st.integers(1, 60))
def test_messages_survive_any_fragmentation(messages: list[tuple[int, bytes]], size: int) -> None:
    stream = b"".join(build_message(kind, body) for kind, body in messages)
    wire = b"".join(
        build_record(Content.HANDSHAKE, 0x0303, stream[at : at + size]) for at in range(0, len(stream), size)
    )
    assert [(m.kind, m.body) for m in clear_messages(split_records(wire)[0])] == messages


def test_a_message_longer_than_any_is_refused() -> None:
    with pytest.raises(ParseError, match="length"):
        split_messages(b"\x0b\xff\xff\xff")
