"""Messages of DICOM: what we send byte by byte, and what is read in an answer."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.dicom.parse import MOST_BYTES, is_whole, parse_answer
from scanners.dicom.pdu import (
    ABORTED,
    CONTEXT_AC,
    IMPLEMENTATION_UID,
    IMPLEMENTATION_VERSION,
    RELEASE,
    REQUEST,
    SYNTAXES,
    TRANSFER,
    USER,
    context_number,
    item,
    pdu,
)
from sekisho.errors import ParseError
from sekisho.model.clinical_facts import DicomAssociation
from tests.unit.scanners.golden import transcript

ACCEPTED = transcript("dicom", "storescp").received()[:252]


def acceptance(*items: bytes) -> bytes:
    return pdu(2, b"\0\1" + bytes(66) + b"".join(items))


def context(index: int, result: int, syntax: str = "") -> bytes:
    named = item(TRANSFER, (syntax or SYNTAXES[index]).encode())
    return item(CONTEXT_AC, bytes([context_number(index), 0, result, 0]) + named)


def test_the_request_asks_for_verification_alone_and_names_nobody_else() -> None:
    assert REQUEST[:2] == b"\x01\x00"
    assert int.from_bytes(REQUEST[2:6], "big") == len(REQUEST) - 6
    assert REQUEST[10:42] == b"ANY-SCP         SEKISHO         "
    assert REQUEST.count(item(0x30, b"1.2.840.10008.1.1")) == 3, "one context for each transfer syntax"
    assert b"1.2.840.10008.5.1.4" not in REQUEST, "no storage, no query"
    assert (RELEASE[:1], ABORTED[:1], len(RELEASE), len(ABORTED)) == (b"\x05", b"\x07", 10, 10)


def test_an_acceptance_tells_the_software_and_what_it_takes() -> None:
    assert is_whole(ACCEPTED)
    assert parse_answer(ACCEPTED) == DicomAssociation(
        "accepted", "", SYNTAXES, "1.2.276.0.7230010.3.0.3.6.7", "OFFIS_DCMTK_367"
    )


def test_only_contexts_that_stand_and_were_offered_so_count() -> None:
    answer = parse_answer(acceptance(context(0, 4), context(1, 0), context(2, 0, "1.2.840.10008.1.2.4.50")))
    assert answer.syntaxes == (SYNTAXES[1],)


def test_names_are_cut_and_made_readable() -> None:
    said = item(IMPLEMENTATION_UID, b"1.2.3\0") + item(IMPLEMENTATION_VERSION, b" \x1b[2JX\xff" + b"A" * 100)
    answer = parse_answer(acceptance(item(USER, said)))
    assert (answer.implementation_uid, answer.implementation_version[:5]) == ("1.2.3", "[2JXA")
    assert len(answer.implementation_version) <= 64
    assert answer.syntaxes == ()


@pytest.mark.parametrize(
    ("source", "number", "reason"),
    [(1, 3, "calling_title"), (1, 7, "called_title"), (1, 1, "no_reason"), (3, 1, "congestion"), (9, 9, "code-9-9")],
)
def test_a_rejection_tells_why(source: int, number: int, reason: str) -> None:
    assert parse_answer(pdu(3, bytes([0, 1, source, number]))) == DicomAssociation("rejected", reason)


def test_an_abort_is_an_answer() -> None:
    assert parse_answer(pdu(7, bytes([0, 0, 2, 1]))) == DicomAssociation("aborted", "code-2-1")


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x02", b"SSH-2.0-x\r\n", REQUEST, RELEASE, ACCEPTED[:-1], pdu(3, b"\0"), pdu(2, bytes(10)),
     acceptance(b"\x21\0\xff\xff")],
    ids=["nothing", "cut", "ssh", "our own", "release", "cut acceptance", "short rejection", "short", "cut item"],
)  # fmt: skip
def test_anything_else_is_an_error(answer: bytes) -> None:
    with pytest.raises(ParseError):
        parse_answer(answer)


def test_when_to_stop_listening() -> None:
    assert not is_whole(b"")
    assert not is_whole(ACCEPTED[:5])
    assert not is_whole(ACCEPTED[:-1])
    assert is_whole(b"HTTP")
    assert is_whole(b"\x02\0" + (MOST_BYTES + 1).to_bytes(4, "big")), "longer than anything we would read"


@given(st.one_of(st.binary(max_size=400), st.binary(max_size=300).map(lambda b: pdu(2, b"\0\1" + bytes(66) + b))))
def test_parse_is_total(raw: bytes) -> None:
    is_whole(raw)
    with contextlib.suppress(ParseError):
        answer = parse_answer(raw)
        assert answer.answer in {"accepted", "rejected", "aborted"}
        assert answer.implementation.isprintable()


@given(st.integers(0, len(ACCEPTED) - 1), st.integers(0, 255))
def test_one_changed_byte_is_read_or_refused(at: int, value: int) -> None:
    with contextlib.suppress(ParseError):
        assert set(parse_answer(ACCEPTED[:at] + bytes([value]) + ACCEPTED[at + 1 :]).syntaxes) <= set(SYNTAXES)
