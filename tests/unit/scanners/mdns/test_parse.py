from __future__ import annotations

import contextlib
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.mdns.parse import SERVICES, build_question, join, name_of, parse_answer
from sekisho.errors import ParseError
from sekisho.model.udp_facts import MdnsAnswer
from tests.unit.scanners.strategies import damaged

NUMBER = b"\x12\x34"
ASKED = build_question(NUMBER, SERVICES)
REVERSE = build_question(NUMBER, name_of(ip_address("2001:db8::9")))


def labels(name: str) -> bytes:
    return b"".join(bytes([len(n)]) + n.encode() for n in name.split(".")) + b"\0"


def record(name: bytes, target: bytes, kind: int = 12, category: int = 0x8001) -> bytes:
    fixed = kind.to_bytes(2, "big") + category.to_bytes(2, "big") + (10).to_bytes(4, "big")
    return name + fixed + len(target).to_bytes(2, "big") + target


def answer(*records: bytes, asked: bytes = ASKED, flags: int = 0x8400, questions: int = 1) -> bytes:
    counts = questions.to_bytes(2, "big") + len(records).to_bytes(2, "big") + bytes(4)
    return asked[:2] + flags.to_bytes(2, "big") + counts + (asked[12:] if questions else b"") + b"".join(records)


ASKED_NAME = b"\xc0\x0c"  # the name of the question, by reference
TWO = answer(record(ASKED_NAME, labels("_smb._tcp.local")), record(ASKED_NAME, b"\x04_ipp\x04_tcp\xc0\x23"))
UPPER_CASE = answer(record(labels(SERVICES.upper()), labels("_a._udp.local")), questions=0)
NAMED = answer(record(ASKED_NAME, labels("nas-2f.local")), asked=REVERSE)


def test_the_question_wants_an_answer_to_us_alone() -> None:
    assert (
        NUMBER
        + bytes.fromhex("0000000100000000000009")
        + (b"_services\x07_dns-sd\x04_udp\x05local\x00\x00\x0c\x80\x01")
        == ASKED
    )
    assert len(ASKED) == 46
    assert len(REVERSE) == 90
    assert b"\x01d" not in build_question(NUMBER, name_of(ip_address("192.0.2.9")))


@pytest.mark.parametrize(
    ("asked", "reply", "found"),
    [
        (ASKED, TWO, MdnsAnswer(("_ipp._tcp", "_smb._tcp"), "")),
        (ASKED, UPPER_CASE, MdnsAnswer(("_a._udp",), "")),
        (ASKED, answer(record(ASKED_NAME, b"\1\1\1\1", kind=1)), MdnsAnswer((), "")),
        (ASKED, answer(record(labels("other.local"), labels("_a._udp.local"))), MdnsAnswer((), "")),
        (REVERSE, NAMED, MdnsAnswer((), "nas-2f")),
        (REVERSE, answer(asked=REVERSE), MdnsAnswer((), "")),
    ],
)  # fmt: skip
def test_reads_an_answer(asked: bytes, reply: bytes, found: MdnsAnswer) -> None:
    assert parse_answer(asked, reply) == found


def test_both_answers_are_one_fact() -> None:
    (found,) = join([parse_answer(ASKED, TWO), parse_answer(REVERSE, NAMED)])
    assert found == MdnsAnswer(("_ipp._tcp", "_smb._tcp"), "nas-2f")
    assert found.shown == "mDNS: nas-2f (_ipp._tcp, _smb._tcp)"
    assert MdnsAnswer((), "").shown == "mDNS: – (no service named)"


@pytest.mark.parametrize(
    "reply",
    [
        b"", ASKED, b"\0\0" + TWO[2:], answer(flags=0x8C00), TWO[:-1], answer(record(b"\xc0\xff", b"")),
        answer(record(b"\xc0\x2e", b"")), answer(record(b"\x40", b"")), answer(questions=65535),
    ],
)  # fmt: skip
def test_anything_else_is_an_error(reply: bytes) -> None:
    with pytest.raises(ParseError, match="mDNS: got"):
        parse_answer(ASKED, reply)


@given(st.one_of(st.binary(max_size=200), damaged([TWO, NAMED])), st.sampled_from([ASKED, REVERSE]))
def test_reading_is_total(reply: bytes, asked: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert len(parse_answer(asked, reply).services) <= 256
