from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder  # type: ignore[import-untyped]
from pysnmp.proto.mpmod.rfc3412 import SNMPv3Message

from scanners.ber import OCTETS, SEQUENCE, elements, encode
from scanners.snmp_v3.parse import NUMBERS, build_question, parse_report
from sekisho.errors import ParseError
from sekisho.model.transcript import EventKind
from sekisho.model.udp_facts import SnmpEngine
from tests.unit.scanners.golden import transcript
from tests.unit.scanners.strategies import damaged

RECORDED = transcript("snmp-v3", "net-snmp-mac")
ASKED, REPLY = (
    next(e.data for e in RECORDED.events if e.kind is kind)
    for kind in (EventKind.DATAGRAM_SENT, EventKind.DATAGRAM_RECEIVED)
)
ENGINE = bytes.fromhex("80001f88033a4590c91054")


def test_the_question_names_nobody_and_asks_for_nothing() -> None:
    number = NUMBERS[0]
    asked = build_question(number)
    message, rest = decoder.decode(asked, asn1Spec=SNMPv3Message())
    assert (rest, int(message["msgVersion"]), int(message["msgGlobalData"]["msgID"])) == (b"", 3, number)
    assert bytes(message["msgGlobalData"]["msgFlags"]) == b"\x04"
    assert len({len(build_question(n)) for n in (NUMBERS[0], NUMBERS[-1])}) == 1
    assert asked.endswith(b"\xa0\x0e\x02\x04" + number.to_bytes(4, "big") + b"\x02\x01\0\x02\x01\0\x30\0")


def test_reads_a_report() -> None:
    found = parse_report(ASKED, REPLY)
    assert found == SnmpEngine(ENGINE.hex(), 8072, "mac", "3a:45:90:c9:10:54", 1, found.up_s)
    assert found.shown == "SNMPv3: engine of enterprise 8072, mac 3a:45:90:c9:10:54"
    assert found.up_s > 0


@pytest.mark.parametrize(
    ("engine", "enterprise", "form", "named"),
    [
        ("80000009 01 c0000201 0000", 9, "own", ""),
        ("800004a6 04 72742d6d61696e", 1190, "text", "rt-main"),
        ("8000049e 05 0102030405 06", 1182, "octets", ""),
        ("00000009 0102030405 0607", 9, "own", ""),
    ],
)
def test_an_engine_says_who_made_it(engine: str, enterprise: int, form: str, named: str) -> None:
    """Each is of 11 or 12 bytes, so that only lengths near it change."""
    raw = bytes.fromhex(engine)
    found = parse_report(ASKED, with_engine(raw))
    assert (found.enterprise, found.form, found.named) == (enterprise, form, named)


def with_engine(engine: bytes) -> bytes:
    """Put another engine of at most 127 bytes into the recorded reply."""
    (_, message), *_ = elements(REPLY)
    (v, version), (h, header), (_, security), scoped = elements(message)
    ((_, inner),) = elements(security)
    parameters = list(elements(inner))
    made = encode(SEQUENCE, encode(OCTETS, engine), *(encode(t, c) for t, c in parameters[1:]))
    return encode(SEQUENCE, encode(v, version), encode(h, header), encode(OCTETS, made), encode(*scoped))


@pytest.mark.parametrize(
    "reply", [b"", ASKED, REPLY[:-1], REPLY + b"\0", with_engine(b"\x80\0\0\1"), with_engine(bytes(33))]
)
def test_anything_else_is_an_error(reply: bytes) -> None:
    with pytest.raises(ParseError):
        parse_report(ASKED, reply)


def test_a_report_to_another_question_is_none() -> None:
    with pytest.raises(ParseError, match="expected the report to our question"):
        parse_report(build_question(NUMBERS[0]), REPLY)


@given(st.one_of(st.binary(max_size=200), damaged([REPLY, with_engine(b"\x80\0\0\1\2" + bytes(16))])))
def test_reading_is_total(reply: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert 0 <= parse_report(ASKED, reply).enterprise < 1 << 31
