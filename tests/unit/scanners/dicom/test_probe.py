"""The conversation: one request, its release, and nothing to whom it is not for."""

from __future__ import annotations

import contextlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.dicom.pdu import ABORTED, RELEASE, REQUEST, pdu
from scanners.dicom.probe import PORTS, SCANNER, applies
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.clinical_facts import DicomAssociation
from sekisho.model.engagement import Method
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from tests.unit.scanners.fakes import FakeWire, Scripted, Unreachable, job, target
from tests.unit.scanners.golden import transcript

ACCEPTED = transcript("dicom", "storescp").received()[:252]
RELEASED = b"\x06\0\0\0\0\x04\0\0\0\0"
REJECTED = b"\x03\0\0\0\0\x04\0\x01\x01\x03"


async def asked(peer: Scripted | Unreachable, port: int = 11112) -> tuple[FakeWire, object, list[object]]:
    wire = FakeWire(job("dicom", port), peer)
    with contextlib.suppress(ConnectFailed):  # as the gate does; it stands in the transcript
        await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())
    return wire, reading.outcome, [fact for _, fact in reading.facts]


async def test_what_was_granted_is_given_back() -> None:
    peer = Scripted(ACCEPTED[:100], ACCEPTED[100:], RELEASED)
    wire, outcome, facts = await asked(peer)
    assert peer.sent == [REQUEST, RELEASE]
    assert (outcome, wire.connects) == (Outcome.OK, 1)
    (fact,) = facts
    assert isinstance(fact, DicomAssociation)
    assert (fact.answer, fact.implementation_version, fact.tls) == ("accepted", "OFFIS_DCMTK_367", False)


@pytest.mark.parametrize("answer", [REJECTED, pdu(7, bytes(4)), b"SSH-2.0-x\r\n", b""])
async def test_nothing_more_is_said_to_whoever_does_not_accept(answer: bytes) -> None:
    peer = Scripted(answer) if answer else Scripted(then="silent")
    _, outcome, facts = await asked(peer)
    assert peer.sent == [REQUEST]
    assert [isinstance(f, DicomAssociation) for f in facts] == ([True] if answer[:1] in {b"\3", b"\7"} else [])
    assert outcome is (Outcome.OK if facts else Outcome.PROTOCOL_ERROR if answer else Outcome.TIMEOUT)


async def test_an_acceptance_that_cannot_be_read_is_aborted() -> None:
    peer = Scripted(pdu(2, bytes(10)))
    _, outcome, facts = await asked(peer)
    assert (peer.sent, outcome, facts) == ([REQUEST, ABORTED], Outcome.PROTOCOL_ERROR, [])


async def test_without_tls_nothing_is_asked_where_tls_is_due() -> None:
    peer = Scripted(REJECTED)
    _, outcome, facts = await asked(peer, port=2762)
    assert not any(REQUEST[:42] in sent for sent in peer.sent)
    assert (outcome, facts) == (Outcome.PROTOCOL_ERROR, [])


async def test_a_connect_that_fails_is_no_answer() -> None:
    _, outcome, facts = await asked(Unreachable(Outcome.REFUSED))
    assert (outcome, facts) == (Outcome.REFUSED, [])


def test_it_is_for_dicom_ports_and_needs_a_consent_by_name() -> None:
    address = target(80).address
    assert SCANNER.method is Method.DICOM_ASSOCIATE
    assert SCANNER.tier is Tier.T2
    asks = {
        port
        for port in (80, 104, 443, 2575, 2761, 2762, 9100, 11112)
        if applies(ServiceView(address, "tcp", port, Tier.T1))
    }
    assert asks == PORTS == {104, 2762, 11112}
    assert not applies(ServiceView(address, "udp", 104, Tier.T3))


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=12), st.sampled_from(["closed", "reset", "silent"]))
async def test_whatever_comes_at_most_two_messages_leave(chunks: list[bytes], then: str) -> None:
    peer = Scripted(*chunks, then=then)
    wire, _, facts = await asked(peer)
    assert peer.sent[0] == REQUEST
    assert peer.sent[1:] in ([], [RELEASE], [ABORTED])
    assert len(facts) <= 1
    assert all(a.at_ms <= b.at_ms for a, b in pairwise(wire.transcript().events))
