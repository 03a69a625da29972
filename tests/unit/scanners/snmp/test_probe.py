from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.devices.snmp import SnmpParams, system_group
from lab.devices.snmp.agent import answering
from lab.devices.snmp.ber import OCTET_STRING, encode
from scanners.snmp.messages import V1, parse_message
from scanners.snmp.parse import read
from scanners.snmp.probe import SCANNER
from sekisho.errors import ProbeError
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Fact, HostAnswered, PortSeen, PortStatus, SnmpSystem
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.subjects import Subject
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Event, EventKind, Transcript
from tests.unit.scanners.fakes import FakeWire, Replies, job
from tests.unit.scanners.snmp.test_messages import DAMAGED

SYSTEM = system_group(SnmpParams(sysdescr="RTX1210 Rev.14.01.34 (hospital)", sysname="gw", sysobjectid="1.3.6.1.4.1.9"))
AGENT = answering(SYSTEM, (b"hospital",))
ANSWERED: list[Fact] = [HostAnswered("udp"), PortSeen(PortStatus.OPEN, "connect")]
Answer = Callable[[bytes], Sequence[bytes]]


def agent(raw: bytes) -> Sequence[bytes]:
    reply = AGENT(raw)
    return [reply] if reply else []


def agent_v1(raw: bytes) -> Sequence[bytes]:
    return agent(raw) if parse_message(raw).version == V1 else []


async def ask(answer: Answer, community: bytes = b"hospital") -> tuple[Reading, FakeWire]:
    secrets = {"community": community} if community else {}
    given_job = job("snmp", 161, address="192.0.2.9", transport="udp", secrets=secrets)
    wire = FakeWire(given_job, replies=Replies(datagrams=answer))
    await SCANNER.run(wire.job, wire)
    return SCANNER.read(wire.transcript()), wire


async def test_v2c_answers_at_once() -> None:
    reading, wire = await ask(agent)
    system = SnmpSystem("v2c", "RTX1210 Rev.14.01.34 (********)", "gw", "1.3.6.1.4.1.9", default_community=False)
    assert reading.outcome is Outcome.OK
    assert [f for _, f in reading.facts] == [*ANSWERED, system]
    assert wire.datagrams == 1


@pytest.mark.parametrize("size", [30_000, 65_000])
async def test_a_long_description_is_read_and_cut(size: int) -> None:
    table = {**SYSTEM, (1, 3, 6, 1, 2, 1, 1, 1, 0): encode(OCTET_STRING, b"RTX1210 " * (size // 8))}
    long = answering(table, (b"hospital",))
    reading, _ = await ask(lambda raw: [long(raw) or b""])
    assert isinstance(reading.facts[-1][1], SnmpSystem)
    assert reading.facts[-1][1].sysdescr == ("RTX1210 " * 125).rstrip()


async def test_v1_is_asked_when_v2c_is_silent() -> None:
    reading, wire = await ask(agent_v1)
    assert isinstance(reading.facts[-1][1], SnmpSystem)
    assert (reading.facts[-1][1].version, wire.datagrams) == ("v1", SCANNER.max_packets)


async def test_the_community_is_nowhere_in_the_record() -> None:
    _, wire = await ask(agent)
    stored = wire.transcript().to_bytes()
    assert b"hospital" not in stored
    assert b"********" in stored
    assert wire.transcript().masked == ("community",)


@pytest.mark.parametrize("community", [b"public", b"private"])
async def test_a_shipped_community_is_told_without_its_value(community: bytes) -> None:
    other = answering(SYSTEM, (community,))
    reading, wire = await ask(lambda raw: [other(raw) or b""], community)
    assert isinstance(reading.facts[-1][1], SnmpSystem)
    assert reading.facts[-1][1].default_community is True
    assert community not in wire.transcript().to_bytes()


async def test_an_older_transcript_does_not_tell_whether_the_community_was_a_shipped_one() -> None:
    _, wire = await ask(agent)
    stored = wire.transcript()
    without = replace(stored, events=tuple(e for e in stored.events if e.kind is not EventKind.NOTE))
    assert read(without).facts[-1][1] == SnmpSystem("v2c", "RTX1210 Rev.14.01.34 (********)", "gw", "1.3.6.1.4.1.9")


async def test_a_wrong_community_is_silence() -> None:
    reading, wire = await ask(agent, b"other")
    assert (reading.outcome, reading.facts, wire.datagrams) == (Outcome.TIMEOUT, (), 2)


async def test_without_a_community_nothing_is_sent() -> None:
    with pytest.raises(ProbeError, match="community"):
        await ask(agent, b"")


def other_id(raw: bytes) -> Sequence[bytes]:
    (reply,) = agent(raw)
    at = reply.index(b"\xa2") + 4  # behind the PDU's tag and length and the request id's tag and length
    return [reply[:at] + bytes([reply[at] ^ 1]) + reply[at + 1 :]]


@pytest.mark.parametrize(("answer", "detail"), [(lambda _: [b"hello"], "SNMP message"), (other_id, "request id: got")])
async def test_what_does_not_fit_is_a_protocol_error_and_the_port_is_open(answer: Answer, detail: str) -> None:
    reading, _ = await ask(answer)
    assert (reading.outcome, [f for _, f in reading.facts]) == (Outcome.PROTOCOL_ERROR, ANSWERED)
    assert detail in reading.detail


async def test_an_agent_that_hides_the_group_still_answered() -> None:
    empty = answering({}, (b"hospital",))
    reading, _ = await ask(lambda raw: [empty(raw) or b""])
    assert (reading.outcome, reading.facts[-1][1]) == (
        Outcome.OK,
        SnmpSystem("v2c", "", "", "", default_community=False),
    )


def transcript(*events: Event, subject: str = "service:192.0.2.9/udp/161") -> Transcript:
    return Transcript("snmp", 1, Subject(subject), "management", datetime(2026, 11, 21, tzinfo=UTC), events)


SENT = Event(0, EventKind.DATAGRAM_SENT, port=161)


@pytest.mark.parametrize(
    ("events", "outcome", "ports"),
    [
        ((SENT, Event(1, EventKind.REFUSED)), Outcome.REFUSED, [PortSeen(PortStatus.CLOSED, "connect")]),
        ((SENT, Event(1, EventKind.UNREACHABLE)), Outcome.HOST_GONE, []),
        ((SENT, Event(1, EventKind.TIMEOUT)), Outcome.TIMEOUT, []),
        ((), Outcome.NOT_TRIED, []),
    ],
)
def test_no_answer(events: tuple[Event, ...], outcome: Outcome, ports: list[PortSeen]) -> None:
    reading = read(transcript(*events))
    assert (reading.outcome, [f for _, f in reading.facts if isinstance(f, PortSeen)]) == (outcome, ports)


def test_a_foreign_subject_is_a_tool_error() -> None:
    assert read(transcript(subject="facility")).outcome is Outcome.TOOL_ERROR


@given(
    st.lists(
        st.builds(
            Event,
            st.just(0),
            st.sampled_from(EventKind),
            st.integers(0, 1),
            st.just(161),
            st.binary(max_size=9) | DAMAGED,
        ),
        max_size=6,
    )
)
def test_read_is_total(events: list[Event]) -> None:
    assert isinstance(read(transcript(*events)).outcome, Outcome)


def test_it_applies_where_a_community_is_declared() -> None:
    address = ip_address("192.0.2.9")
    settings = {"community": True}
    assert SCANNER.applies(ServiceView(address, "udp", 161, Tier.T2, settings=settings))
    assert not SCANNER.applies(ServiceView(address, "udp", 161, Tier.T2))
    assert not SCANNER.applies(ServiceView(address, "udp", 161, Tier.T1, settings=settings))
    assert not SCANNER.applies(ServiceView(address, "tcp", 161, Tier.T2, settings=settings))
