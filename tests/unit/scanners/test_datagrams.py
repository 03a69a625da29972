"""Scanners that put one question by UDP: recorded answers, silence, strangers, and what they send in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.dns.probe import SCANNER as DNS
from scanners.ipmi.probe import SCANNER as IPMI
from scanners.l2tp.probe import SCANNER as L2TP
from scanners.mdns.probe import SCANNER as MDNS
from scanners.ntp.probe import SCANNER as NTP
from scanners.openvpn.probe import SCANNER as OPENVPN
from scanners.pcp.probe import SCANNER as PCP
from scanners.snmp_v3.probe import SCANNER as SNMP_V3
from scanners.ssdp.probe import SCANNER as SSDP
from sekisho.model.attempts import Outcome
from sekisho.model.facts import HostAnswered, PortSeen, PortStatus
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.subjects import Subject
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Event, EventKind, Transcript
from sekisho.registry import Scanner
from tests.unit.scanners.fakes import FakeWire, Replies, job
from tests.unit.scanners.golden import paths
from tests.unit.scanners.strategies import NOW, transcripts

OF_ONE_QUESTION = [OPENVPN, L2TP, NTP, DNS, SNMP_V3]
OF_SEVERAL = [SSDP, PCP, MDNS, IPMI]
ALL = pytest.mark.parametrize("scanner", OF_ONE_QUESTION + OF_SEVERAL, ids=lambda s: s.id)
ONE_QUESTION = pytest.mark.parametrize("scanner", OF_ONE_QUESTION, ids=lambda s: s.id)
NUMBERED = pytest.mark.parametrize("scanner", [*OF_ONE_QUESTION, MDNS], ids=lambda s: s.id)
SERVERS = pytest.mark.parametrize("scanner", [NTP, DNS, SNMP_V3, SSDP, MDNS, IPMI], ids=lambda s: s.id)
GATEWAYS = pytest.mark.parametrize("scanner", [OPENVPN, L2TP, PCP], ids=lambda s: s.id)
OPEN = (HostAnswered("udp"), PortSeen(PortStatus.OPEN, "connect"))


async def probe(scanner: Scanner, *replies: bytes) -> tuple[Reading, FakeWire]:
    """Answer every question alike."""
    asked = job(scanner.id, scanner.udp_ports[0], address="2001:db8::9", transport="udp")
    wire = FakeWire(asked, replies=Replies(datagrams=lambda _: list(replies)))
    await scanner.run(wire.job, wire)
    return scanner.read(Transcript.from_bytes(wire.transcript().to_bytes())), wire


def recorded(scanner: Scanner) -> list[Transcript]:
    """Give the recordings in which the scanner found its protocol."""
    stored = [Transcript.from_bytes(path.read_bytes()) for path in paths(scanner.id)]
    return [t for t in stored if scanner.read(t).outcome is Outcome.OK]


def datagrams(stored: Transcript, kind: EventKind) -> list[bytes]:
    return [e.data for e in stored.events if e.kind is kind]


@ALL
def test_a_recorded_answer_is_a_fact(scanner: Scanner) -> None:
    assert recorded(scanner)
    for stored in recorded(scanner):
        facts = [fact for _, fact in scanner.read(stored).facts]
        assert tuple(facts[:2]) == OPEN
        assert {type(fact) for fact in facts[2:]} <= set(scanner.yields[:-2])
        assert facts[2:]


@ALL
async def test_silence_is_asked_twice_and_says_nothing(scanner: Scanner) -> None:
    reading, wire = await probe(scanner)
    assert (reading.outcome, reading.facts, wire.datagrams) == (Outcome.TIMEOUT, (), 2)


@ONE_QUESTION
async def test_the_second_question_is_of_the_kind_of_the_first(scanner: Scanner) -> None:
    _, wire = await probe(scanner)
    first, second = datagrams(wire.transcript(), EventKind.DATAGRAM_SENT)
    assert len(first) == len(second)


@ALL
@pytest.mark.parametrize("noise", [b"", b"\0", b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(64), b"\xff" * 64])
async def test_a_stranger_is_open_and_nothing_more(scanner: Scanner, noise: bytes) -> None:
    reading, wire = await probe(scanner, noise)
    assert reading.outcome is Outcome.PROTOCOL_ERROR
    assert wire.datagrams == (2 if scanner in [MDNS, IPMI] else 1)  # PCP: by IPv6
    assert tuple(fact for _, fact in reading.facts) == OPEN


@NUMBERED
async def test_an_answer_to_somebody_else_is_none(scanner: Scanner) -> None:
    reading, _ = await probe(scanner, datagrams(recorded(scanner)[0], EventKind.DATAGRAM_RECEIVED)[0])
    assert reading.outcome is Outcome.PROTOCOL_ERROR


@ALL
@pytest.mark.parametrize(
    ("kind", "outcome", "facts"),
    [
        (EventKind.REFUSED, Outcome.REFUSED, (HostAnswered("udp"), PortSeen(PortStatus.CLOSED, "connect"))),
        (EventKind.FILTERED, Outcome.FILTERED, ()),
        (EventKind.UNREACHABLE, Outcome.HOST_GONE, ()),
        (EventKind.TIMEOUT, Outcome.TIMEOUT, ()),
    ],
)
def test_how_a_question_fails(scanner: Scanner, kind: EventKind, outcome: Outcome, facts: Sequence[object]) -> None:
    events = (Event(0, EventKind.DATAGRAM_SENT, data=b"?"), Event(1, kind))
    stored = Transcript(scanner.id, 1, Subject("service:192.0.2.9/udp/9"), "test", NOW, events)
    assert scanner.read(stored).outcome is outcome
    assert [fact for _, fact in scanner.read(stored).facts] == list(facts)
    assert scanner.read(replace(stored, events=())).outcome is Outcome.NOT_TRIED
    assert scanner.read(replace(stored, subject=Subject("host:192.0.2.9"))).outcome is Outcome.TOOL_ERROR


@GATEWAYS
def test_gateways_are_looked_for_where_they_may_be(scanner: Scanner) -> None:
    view = ServiceView(ip_address("192.0.2.1"), "udp", scanner.udp_ports[0], Tier.T2, "network")
    assert scanner.applies(view)
    assert scanner.applies(replace(view, category=""))
    assert not any(scanner.applies(replace(view, category=other)) for other in ("server", "pc", "printer", "medical"))
    assert not scanner.applies(replace(view, tier=Tier.T1))
    assert not scanner.applies(replace(view, transport="tcp"))


@SERVERS
def test_servers_are_looked_for_where_they_may_be(scanner: Scanner) -> None:
    view = ServiceView(ip_address("192.0.2.1"), "udp", scanner.udp_ports[0], Tier.T2, "server")
    assert all(scanner.applies(replace(view, category=one)) for one in ("server", "network", ""))
    assert not any(scanner.applies(replace(view, category=other)) for other in ("pc", "printer", "medical"))
    assert not scanner.applies(replace(view, tier=Tier.T1))
    assert not scanner.applies(replace(view, transport="tcp"))


@ALL
@given(data=st.data())
def test_reading_is_total(scanner: Scanner, data: st.DataObject) -> None:
    samples = [raw for t in recorded(scanner) for raw in datagrams(t, EventKind.DATAGRAM_RECEIVED)]
    stored = data.draw(transcripts(scanner.id, samples))
    assert {type(fact) for _, fact in scanner.read(stored).facts} <= set(scanner.yields)
