from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.pcp.parse import ANNOUNCE, OUTSIDE_ADDRESS, one_of_each, parse_answer
from sekisho.errors import ParseError
from sekisho.model.udp_facts import NatPmp, Pcp
from tests.unit.scanners.strategies import damaged

NAT_PMP = bytes.fromhex("0080 0000 00000e10 cb007107")
NOT_SPOKEN = bytes.fromhex("0080 0001 00000e10")
PCP = bytes.fromhex("02 80 00 00 00000000 00000e10") + bytes(12)


def test_the_questions_open_nothing() -> None:
    assert bytes(2) == OUTSIDE_ADDRESS
    assert (len(ANNOUNCE), ANNOUNCE[:2]) == (24, b"\2\0")  # version 2, a request, opcode 0; MAP is 1, PEER 2


@pytest.mark.parametrize(
    ("reply", "found", "shown"),
    [
        (NAT_PMP, NatPmp(0, "203.0.113.7"), "NAT-PMP: outside address 203.0.113.7"),
        (NAT_PMP[:3] + b"\3" + NAT_PMP[4:], NatPmp(3, ""), "NAT-PMP: result 3"),
        (NAT_PMP[:8] + bytes(4), NatPmp(0, ""), "NAT-PMP: result 0"),
        (NOT_SPOKEN, NatPmp(1, ""), "NAT-PMP: result 1"),
        (PCP, Pcp(2, 0), "PCP 2: result 0"),
        (b"\1\x80\0\1" + PCP[4:], Pcp(1, 1), "PCP 1: result 1"),
    ],
)
def test_reads_an_answer(reply: bytes, found: NatPmp | Pcp, shown: str) -> None:
    assert parse_answer(b"", reply) == found
    assert found.shown == shown


def test_the_better_answer_of_each_protocol_is_kept() -> None:
    assert one_of_each([Pcp(2, 1), NatPmp(1, ""), Pcp(2, 0), NatPmp(0, "203.0.113.7")]) == (
        NatPmp(0, "203.0.113.7"),
        Pcp(2, 0),
    )
    assert one_of_each([NatPmp(1, "")]) == (NatPmp(1, ""),)


@pytest.mark.parametrize("reply", [b"", NAT_PMP[:7], OUTSIDE_ADDRESS, ANNOUNCE, PCP[:23], PCP + b"\0", bytes(1200)])
def test_anything_else_is_an_error(reply: bytes) -> None:
    with pytest.raises(ParseError, match="PCP: got"):
        parse_answer(b"", reply)


@given(st.one_of(st.binary(max_size=60), damaged([NAT_PMP, NOT_SPOKEN, PCP])))
def test_reading_is_total(reply: bytes) -> None:
    with contextlib.suppress(ParseError):
        found = parse_answer(b"", reply)
        assert isinstance(found, Pcp if reply[0] else NatPmp)
