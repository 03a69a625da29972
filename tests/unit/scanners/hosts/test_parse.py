from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.hosts.parse import read, read_arp_reply, read_icmp_echo_reply, read_neighbour_advertisement
from sekisho.model.attempts import Outcome
from sekisho.model.facts import HostAnswered
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript

ARP_REQUEST = bytes.fromhex("ffffffffffff02000000000108060001080006040001020000000001c0000201000000000000c0000202")
ARP_REPLY = bytes.fromhex("02000000000102000000000208060001080006040002020000000002c0000202020000000001c0000201")
V4, V6 = "host:192.0.2.2", "host:2001:db8::2"
ADVERTISEMENT = (
    bytes.fromhex("02000000000102000000000286dd6000000000203aff")
    + bytes.fromhex("20010db800000000000000000000000220010db8000000000000000000000001")
    + bytes.fromhex("880000006000000020010db80000000000000000000000020201020000000002")
)
SOLICITATION = ADVERTISEMENT[:54] + b"\x87" + ADVERTISEMENT[55:]
ECHO_V4 = bytes.fromhex("4500001c00000000400100000a0000020a0000010000ffff12340001")
ECHO_V6 = bytes.fromhex("8100ffff12340001")


def transcript(*events: Event, subject: str = V4) -> Transcript:
    return Transcript("hosts", 1, Subject(subject), "management", datetime(2026, 11, 21, tzinfo=UTC), events)


def sent(frame: bytes) -> Event:
    return Event(0, EventKind.FRAME_SENT, data=frame)


def got(frame: bytes) -> Event:
    return Event(1, EventKind.FRAME_RECEIVED, data=frame)


def test_arp_reply_gives_its_sender() -> None:
    assert read_arp_reply(ARP_REPLY) == ("192.0.2.2", "02:00:00:00:00:02")
    assert read_arp_reply(ARP_REPLY + bytes(18)) == ("192.0.2.2", "02:00:00:00:00:02")  # padded to 60 bytes


@pytest.mark.parametrize(
    "frame",
    [b"", ARP_REQUEST, ARP_REPLY[:41], ADVERTISEMENT, ARP_REPLY[:22] + bytes(6) + ARP_REPLY[28:],
     ARP_REPLY[:22] + b"\xff" * 6 + ARP_REPLY[28:]],
)  # fmt: skip
def test_arp_reply_when_it_is_none(frame: bytes) -> None:
    assert read_arp_reply(frame) is None


def test_advertisement_gives_target_and_option() -> None:
    assert read_neighbour_advertisement(ADVERTISEMENT) == ("2001:db8::2", "02:00:00:00:00:02")


def test_advertisement_without_option_gives_the_sender_of_the_frame() -> None:
    short = ADVERTISEMENT[:18] + b"\x00\x18" + ADVERTISEMENT[20:78]
    assert read_neighbour_advertisement(short) == ("2001:db8::2", "02:00:00:00:00:02")


@pytest.mark.parametrize(
    "frame",
    [b"", SOLICITATION, ARP_REPLY, ADVERTISEMENT[:60], ADVERTISEMENT[:21] + b"\x40" + ADVERTISEMENT[22:]],
)
def test_advertisement_when_it_is_none(frame: bytes) -> None:
    assert read_neighbour_advertisement(frame) is None


def test_echo_reply_gives_identifier_and_sequence() -> None:
    assert read_icmp_echo_reply(ECHO_V4, 4) == (0x1234, 1)
    assert read_icmp_echo_reply(ECHO_V6, 6) == (0x1234, 1)


@pytest.mark.parametrize(("packet", "version"), [(b"", 4), (b"", 6), (ECHO_V6, 4), (ECHO_V4, 6), (ECHO_V4[:24], 4)])
def test_echo_reply_when_it_is_none(packet: bytes, version: int) -> None:
    assert read_icmp_echo_reply(packet, version) is None


ECHO_REQUEST = bytes.fromhex("0800ffff12340001")
SILENCE = Event(2, EventKind.TIMEOUT)


@pytest.mark.parametrize(
    ("events", "subject", "outcome", "facts"),
    [
        ((sent(ARP_REQUEST), got(ARP_REPLY)), V4, Outcome.OK, [HostAnswered("arp", "02:00:00:00:00:02")]),
        ((sent(SOLICITATION), got(ADVERTISEMENT)), V6, Outcome.OK, [HostAnswered("nd", "02:00:00:00:00:02")]),
        ((sent(ECHO_REQUEST), got(ECHO_V4)), V4, Outcome.OK, [HostAnswered("icmp")]),
        ((sent(ARP_REQUEST), SILENCE, sent(ECHO_REQUEST), got(ECHO_V4)), V4, Outcome.OK, [HostAnswered("icmp")]),
        ((sent(ARP_REQUEST), SILENCE), V4, Outcome.HOST_GONE, []),
        ((sent(SOLICITATION), SILENCE), V6, Outcome.HOST_GONE, []),
        ((sent(ARP_REQUEST), got(ARP_REPLY)), "host:192.0.2.3", Outcome.HOST_GONE, []),
        ((sent(ECHO_REQUEST), SILENCE), V4, Outcome.TIMEOUT, []),
        ((sent(ECHO_REQUEST), Event(1, EventKind.UNREACHABLE)), V4, Outcome.HOST_GONE, []),
        ((Event(0, EventKind.NOTE, data=b"not_on_link"),), V4, Outcome.NOT_TRIED, []),
        ((), "facility", Outcome.TOOL_ERROR, []),
        ((), "host:x", Outcome.TOOL_ERROR, []),
    ],
)
def test_read(events: tuple[Event, ...], subject: str, outcome: Outcome, facts: list[HostAnswered]) -> None:
    reading = read(transcript(*events, subject=subject))
    assert (reading.outcome, [f for _, f in reading.facts]) == (outcome, facts)


FRAMES = st.one_of(
    st.binary(max_size=100),
    st.tuples(st.sampled_from([ARP_REPLY, ADVERTISEMENT, ECHO_V4]), st.integers(0, 100), st.binary(max_size=3)).map(
        lambda t: t[0][: t[1]] + t[2] + t[0][t[1] + len(t[2]) :]
    ),
)


@given(FRAMES)
def test_readers_are_total(frame: bytes) -> None:
    read_arp_reply(frame)
    read_neighbour_advertisement(frame)
    read_icmp_echo_reply(frame, 4)
    read_icmp_echo_reply(frame, 6)


@given(st.lists(st.builds(Event, st.just(0), st.sampled_from(EventKind), st.just(0), st.just(0), FRAMES), max_size=6))
def test_read_is_total(events: list[Event]) -> None:
    for subject in (V4, V6, "facility", "host:"):
        assert isinstance(read(transcript(*events, subject=subject)).outcome, Outcome)
