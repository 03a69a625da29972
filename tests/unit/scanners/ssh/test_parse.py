from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ssh.kexinit import COOKIE_BYTES, KexInit, build_kexinit
from scanners.ssh.packets import build_packet, build_string
from scanners.ssh.parse import parse_banner, read
from sekisho.model.attempts import Outcome
from sekisho.model.ssh_facts import SshDirection, SshHostKey, SshOffer
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript

LISTS = KexInit(("k",), ("ssh-ed25519",), ("c1",), ("c2",), ("m",), ("m",), ("none",), ("none",))
KEXINIT = build_packet(build_kexinit(LISTS, bytes(COOKIE_BYTES)))
KEY = build_string(b"ssh-ed25519") + build_string(bytes(32))
REPLY = build_packet(b"\x1f" + build_string(KEY) + build_string(b"f") + build_string(b"s"))
RSA_KEY = build_string(b"ssh-rsa") + build_string(b"\x03") + build_string(b"\x00" + b"\x80" + bytes(127))
RSA_REPLY = build_packet(b"\x1f" + build_string(RSA_KEY) + build_string(b"f") + build_string(b"s"))
NEWKEYS = build_packet(b"\x15")
BANNER = b"SSH-2.0-OpenSSH_9.6p1 Ubuntu-3\r\n"
DISCONNECT = build_packet(b"\x01\x00\x00\x00\x0c" + build_string(b"too many connections") + build_string(b""))
NOTHING = SshDirection((), (), ())
OFFER = SshOffer(
    "SSH-2.0-OpenSSH_9.6p1 Ubuntu-3", "2.0", "OpenSSH_9.6p1", ("k",), ("ssh-ed25519",),
    SshDirection(("c2",), ("m",), ("none",)), SshDirection(("c1",), ("m",), ("none",)),
)  # fmt: skip
ED25519 = SshHostKey("ssh-ed25519", 256, b64encode(sha256(KEY).digest()).decode().rstrip("="))


def transcript(*events: Event, subject: str = "service:192.0.2.9/tcp/22") -> Transcript:
    return Transcript("ssh", 1, Subject(subject), "management", datetime(2026, 11, 21, tzinfo=UTC), events)


def heard(*streams: bytes, end: EventKind = EventKind.PEER_CLOSED) -> Transcript:
    events: list[Event] = []
    for conn, stream in enumerate(streams):
        events += [Event(0, EventKind.CONNECT, conn), Event(1, EventKind.CONNECTED, conn)]
        events += [Event(2, EventKind.RECEIVED, conn, 22, stream[i : i + 7]) for i in range(0, len(stream), 7)]
        events.append(Event(3, end, conn))
    return transcript(*events)


@pytest.mark.parametrize(
    ("raw", "text", "protocol", "software"),
    [
        (BANNER, "SSH-2.0-OpenSSH_9.6p1 Ubuntu-3", "2.0", "OpenSSH_9.6p1"),
        (b"SSH-1.99-Cisco-1.25\n", "SSH-1.99-Cisco-1.25", "1.99", "Cisco-1.25"),
        (b"SSH-1.5-1.2.27\n", "SSH-1.5-1.2.27", "1.5", "1.2.27"),
        (b"Authorised use only\r\nSSH-2.0-x\r\n", "SSH-2.0-x", "2.0", "x"),
        (b"SSH-2.0-\r\n", "SSH-2.0-", "2.0", ""),
    ],
)
def test_banner(raw: bytes, text: str, protocol: str, software: str) -> None:
    banner = parse_banner(raw + b"rest")
    assert banner is not None
    assert (banner.text, banner.protocol, banner.software, banner.end) == (text, protocol, software, len(raw))


@pytest.mark.parametrize("raw", [b"", b"SSH-2.0-cut", b"220 ftp\r\n", b"xSSH-2.0-y\r\n", b"SSH-two-x\r\n"])
def test_banner_when_there_is_none(raw: bytes) -> None:
    assert parse_banner(raw) is None


def test_offer_and_host_key_of_one_connection() -> None:
    reading = read(heard(BANNER + KEXINIT + REPLY + NEWKEYS + b"\xffsecret"))
    assert reading.outcome is Outcome.OK
    assert [f for _, f in reading.facts] == [OFFER, ED25519]


def test_each_host_key_stands_once_and_rsa_gives_its_size() -> None:
    reading = read(heard(BANNER + KEXINIT + REPLY, BANNER + KEXINIT + RSA_REPLY, BANNER + KEXINIT + REPLY))
    offer, *keys = [f for _, f in reading.facts]
    assert isinstance(offer, SshOffer)
    assert offer.rsa_bits == 1024
    assert [k.key_type for k in keys if isinstance(k, SshHostKey)] == ["ssh-ed25519", "ssh-rsa"]


def test_ssh_1_shows_a_protocol_and_no_lists() -> None:
    reading = read(heard(b"SSH-1.5-Cisco-1.25\n", end=EventKind.TIMEOUT))
    ((_, offer),) = reading.facts
    assert offer == SshOffer("SSH-1.5-Cisco-1.25", "1.5", "Cisco-1.25", (), (), NOTHING, NOTHING)


def test_messages_that_may_come_before_kexinit_are_passed_over() -> None:
    reading = read(heard(BANNER + build_packet(b"\x02ignore") + KEXINIT))
    assert [f for _, f in reading.facts] == [OFFER]


@pytest.mark.parametrize(
    ("stream", "end", "outcome", "detail"),
    [
        (b"", EventKind.TIMEOUT, Outcome.TIMEOUT, "said nothing"),
        (BANNER, EventKind.TIMEOUT, Outcome.TIMEOUT, "silent after its banner"),
        (BANNER + KEXINIT[:40], EventKind.TIMEOUT, Outcome.TIMEOUT, "silent after its banner"),
        (b"", EventKind.PEER_CLOSED, Outcome.PROTOCOL_ERROR, "no SSH offer in ''"),
        (b"Exceeded MaxStartups\r\n", EventKind.PEER_CLOSED, Outcome.PROTOCOL_ERROR, "MaxStartups"),
        (BANNER + DISCONNECT, EventKind.PEER_CLOSED, Outcome.PROTOCOL_ERROR, "12 too many connections"),
        (BANNER + b"\xff" * 20, EventKind.PEER_CLOSED, Outcome.PROTOCOL_ERROR, "SSH packet"),
        (b"drip", EventKind.TIMEOUT, Outcome.PROTOCOL_ERROR, "drip"),
    ],
)
def test_no_offer(stream: bytes, end: EventKind, outcome: Outcome, detail: str) -> None:
    reading = read(heard(stream, end=end))
    assert (reading.outcome, reading.facts) == (outcome, ())
    assert detail in reading.detail


@pytest.mark.parametrize(
    ("events", "subject", "outcome"),
    [
        ((), "service:192.0.2.9/tcp/22", Outcome.NOT_TRIED),
        ((Event(0, EventKind.CONNECT), Event(1, EventKind.REFUSED)), "service:192.0.2.9/tcp/22", Outcome.REFUSED),
        ((), "facility", Outcome.TOOL_ERROR),
    ],
)
def test_nothing_said(events: tuple[Event, ...], subject: str, outcome: Outcome) -> None:
    assert read(transcript(*events, subject=subject)).outcome is outcome


PIECES = st.sampled_from([BANNER, KEXINIT, REPLY, RSA_REPLY, NEWKEYS, DISCONNECT, b"SSH-1.99-x\n"])
CHUNKS = st.one_of(
    PIECES,
    st.binary(max_size=40),
    st.tuples(PIECES, st.integers(0, 80), st.binary(min_size=1, max_size=2)).map(
        lambda t: t[0][: t[1]] + t[2] + t[0][t[1] + 1 :]
    ),
)


@given(
    st.lists(
        st.builds(Event, st.just(0), st.sampled_from(EventKind), st.integers(0, 2), st.just(22), CHUNKS), max_size=9
    )
)
def test_read_is_total(events: list[Event]) -> None:
    for subject in ("service:192.0.2.9/tcp/22", "facility", "service:x"):
        assert isinstance(read(transcript(*events, subject=subject)).outcome, Outcome)


@given(st.lists(CHUNKS, max_size=5))
def test_read_is_total_on_one_stream(chunks: list[bytes]) -> None:
    reading = read(heard(BANNER + b"".join(chunks)))
    assert (reading.outcome is Outcome.OK) is bool(reading.facts)
