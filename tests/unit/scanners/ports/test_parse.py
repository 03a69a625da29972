from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ports.parse import read, read_syn_answer, read_unreachable
from sekisho.model.attempts import Outcome
from sekisho.model.facts import HostAnswered, PortSeen, PortStatus
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript

OPEN, CLOSED, FILTERED = (PortSeen(status, "connect") for status in PortStatus)
SUBJECT = "host:192.0.2.9"


def transcript(*events: Event, subject: str = SUBJECT) -> Transcript:
    return Transcript("ports", 1, Subject(subject), "management", datetime(2026, 11, 21, tzinfo=UTC), events)


def ended(*ends: tuple[int, EventKind]) -> Transcript:
    events: list[Event] = []
    for conn, (port, kind) in enumerate(ends):
        events += [Event(0, EventKind.CONNECT, conn, port), Event(1, kind, conn, port)]
    return transcript(*events)


@pytest.mark.parametrize(
    ("kind", "outcome", "fact"),
    [
        (EventKind.CONNECTED, Outcome.OK, OPEN),
        (EventKind.REFUSED, Outcome.OK, CLOSED),
        (EventKind.TIMEOUT, Outcome.TIMEOUT, FILTERED),
        (EventKind.FILTERED, Outcome.FILTERED, FILTERED),
        (EventKind.UNREACHABLE, Outcome.HOST_GONE, FILTERED),
    ],
)
def test_one_port_when_it_ended_one_way(kind: EventKind, outcome: Outcome, fact: PortSeen | None) -> None:
    reading = read(ended((22, kind)))
    ports = [f for _, f in reading.facts if isinstance(f, PortSeen)]
    answered = HostAnswered("tcp") in [f for _, f in reading.facts]
    assert (reading.outcome, ports, answered) == (outcome, [fact], outcome is Outcome.OK)


def test_outcome_when_ports_differ_says_that_somebody_is_there() -> None:
    reading = read(ended((22, EventKind.TIMEOUT), (80, EventKind.REFUSED), (443, EventKind.CONNECTED)))
    assert reading.outcome is Outcome.OK
    assert [(s, f) for s, f in reading.facts if isinstance(f, PortSeen)] == [
        (Subject("service:192.0.2.9/tcp/22"), FILTERED),
        (Subject("service:192.0.2.9/tcp/80"), CLOSED),
        (Subject("service:192.0.2.9/tcp/443"), OPEN),
    ]


def test_timeout_on_a_later_read_is_no_timeout_of_the_connect() -> None:
    events = (
        Event(0, EventKind.CONNECT, 0, 22),
        Event(1, EventKind.CONNECTED, 0, 22),
        Event(2, EventKind.TIMEOUT, 0, 22),
    )
    assert read(transcript(*events)).facts[1][1] == OPEN


@pytest.mark.parametrize(("count", "outcome"), [(9, Outcome.OK), (10, Outcome.MIDDLEBOX)])
def test_all_open_when_there_are_many_is_a_device_in_between(count: int, outcome: Outcome) -> None:
    reading = read(ended(*((1000 + n, EventKind.CONNECTED) for n in range(count))))
    assert reading.outcome is outcome
    assert bool(reading.facts) is (outcome is Outcome.OK)
    assert reading.detail == ("all_open" if outcome is Outcome.MIDDLEBOX else "")


def test_all_open_but_one_is_believed() -> None:
    ends = [(1000 + n, EventKind.CONNECTED) for n in range(20)] + [(5, EventKind.REFUSED)]
    assert read(ended(*ends)).outcome is Outcome.OK


def test_nothing_asked_is_not_tried() -> None:
    assert read(transcript()).outcome is Outcome.NOT_TRIED


def test_a_cut_off_connect_is_interrupted() -> None:
    assert read(transcript(Event(0, EventKind.CONNECT, 0, 22))).outcome is Outcome.INTERRUPTED


def test_a_foreign_subject_is_a_tool_error() -> None:
    assert read(transcript(subject="facility")).outcome is Outcome.TOOL_ERROR
    assert read(transcript(subject="host:nonsense")).outcome is Outcome.TOOL_ERROR


def segment(port: int, to: int, flags: int) -> bytes:
    return struct.pack(">HHIIBBHHH", port, to, 1, 2, 0x50, flags, 1000, 0, 0)


HEADER = bytes.fromhex("4500002800004000400600000a0000010a000002")


@pytest.mark.parametrize(("flags", "word"), [(0x12, "open"), (0x14, "closed"), (0x04, "closed")])
def test_syn_answer_when_it_is_for_us(flags: int, word: str) -> None:
    assert read_syn_answer(HEADER + segment(443, 61000, flags), 4, 61000) == (443, word)
    assert read_syn_answer(segment(443, 61000, flags), 6, 61000) == (443, word)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        HEADER,
        HEADER + segment(443, 61001, 0x12),
        HEADER + segment(443, 61000, 0x10),
        HEADER[:9] + b"\x11" + HEADER[10:] + segment(443, 61000, 0x12),
        segment(443, 61000, 0x12),
    ],
)
def test_syn_answer_when_it_is_something_else(packet: bytes) -> None:
    assert read_syn_answer(packet, 4, 61000) is None


def test_syn_round_tells_open_closed_and_silent() -> None:
    events = (
        *(Event(0, EventKind.FRAME_SENT, 0, port, segment(61000, port, 0x02)) for port in (22, 23, 24)),
        Event(1, EventKind.FRAME_RECEIVED, 0, 22, HEADER + segment(22, 61000, 0x12)),
        Event(1, EventKind.FRAME_RECEIVED, 0, 23, HEADER + segment(23, 61000, 0x14)),
        Event(1, EventKind.FRAME_RECEIVED, 0, 24, HEADER + segment(25, 61000, 0x12)),
    )
    reading = read(transcript(*events))
    assert reading.outcome is Outcome.OK
    assert [f for _, f in reading.facts if isinstance(f, PortSeen)] == [PortSeen(s, "syn") for s in PortStatus]


def round_of(*sent: int, got: bytes = b"", version: int = 4) -> tuple[Event, ...]:
    frames = b"".join(segment(61000, port, 0x02) for port in sent)
    return Event(0, EventKind.FRAME_SENT, 0, 0, frames), Event(1, EventKind.FRAME_RECEIVED, 0, 0, got)


def seen_in(*events: Event, **options: object) -> dict[int, PortStatus]:
    reading = read(replace(transcript(*events), options=options))
    return {int(s.rpartition("/")[2]): f.status for s, f in reading.facts if isinstance(f, PortSeen)}


def test_a_round_is_read_from_segments_one_after_another() -> None:
    got = HEADER + segment(22, 61000, 0x12) + HEADER + segment(23, 61000, 0x14) + HEADER + segment(99, 61000, 0x12)
    events = round_of(22, 23, 24, 25, got=got)
    prohibited = Event(2, EventKind.FILTERED, 0, 25, b"")
    found = seen_in(*events, prohibited)
    assert found == {22: PortStatus.OPEN, 23: PortStatus.CLOSED, 24: PortStatus.FILTERED, 25: PortStatus.FILTERED}
    assert read(transcript(*events[:1], prohibited)).outcome is Outcome.FILTERED


def test_where_packets_get_lost_silence_is_no_status() -> None:
    events = round_of(22, 23, got=HEADER + segment(22, 61000, 0x12))
    lossy = Event(3, EventKind.NOTE, 0, 0, b"lossy")
    assert seen_in(*events, lossy) == {22: PortStatus.OPEN}
    assert seen_in(*events) == {22: PortStatus.OPEN, 23: PortStatus.FILTERED}


def test_the_control_is_no_port_that_was_asked() -> None:
    events = round_of(22, 9, got=HEADER + segment(9, 61000, 0x14) + HEADER + segment(22, 61000, 0x14))
    assert seen_in(*events, control=9) == {22: PortStatus.CLOSED}


QUOTED_4 = bytes.fromhex("4500002c00004000400600000a0000020a000001") + struct.pack(">HHI", 61000, 443, 7)
QUOTED_6 = bytes.fromhex("60000000001806 40".replace(" ", "")) + bytes(16) + bytes(15) + b"\x01" + QUOTED_4[20:]


def test_what_an_icmp_error_is_about() -> None:
    icmp = HEADER[:9] + b"\x01" + HEADER[10:]
    assert read_unreachable(icmp + bytes([3, 13, 0, 0, 0, 0, 0, 0]) + QUOTED_4, 4) == ("10.0.0.1", 61000, 443, 13)
    assert read_unreachable(bytes([1, 1, 0, 0, 0, 0, 0, 0]) + QUOTED_6, 6) == ("::1", 61000, 443, 1)
    assert read_unreachable(icmp + bytes([11, 0, 0, 0, 0, 0, 0, 0]) + QUOTED_4, 4) is None
    assert read_unreachable(icmp + bytes([3, 3, 0, 0, 0, 0, 0, 0]) + QUOTED_4[:9] + b"\x11" + QUOTED_4[10:], 4) is None


@given(st.binary(max_size=120), st.sampled_from([4, 6]))
def test_icmp_errors_are_read_totally(packet: bytes, version: int) -> None:
    answer = read_unreachable(packet, version)
    assert answer is None or ip_address(answer[0]).version == version


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_rounds_are_read_totally(sent: bytes, got: bytes) -> None:
    events = (Event(0, EventKind.FRAME_SENT, 0, 0, sent), Event(1, EventKind.FRAME_RECEIVED, 0, 0, got))
    assert read(transcript(*events)).outcome in {Outcome.OK, Outcome.MIDDLEBOX, Outcome.TIMEOUT, Outcome.NOT_TRIED}


@given(st.binary(max_size=80), st.sampled_from([4, 6]), st.integers(0, 65535))
def test_syn_answer_is_total(packet: bytes, version: int, source_port: int) -> None:
    answer = read_syn_answer(packet, version, source_port)
    assert answer is None or answer[1] in {"open", "closed"}


EVENTS = st.builds(
    Event,
    st.integers(0, 9),
    st.sampled_from(EventKind),
    st.integers(0, 3),
    st.integers(-1, 70000),
    st.binary(max_size=60),
)


@given(st.lists(EVENTS, max_size=12), st.sampled_from([SUBJECT, "host:2001:db8::1", "facility", "x", "service:a/b"]))
def test_read_is_total(events: list[Event], subject: str) -> None:
    reading = read(transcript(*events, subject=subject))
    assert isinstance(reading.outcome, Outcome)
