from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.greeting.parse import MOST_BYTES, classify, is_enough, read, shuts_out, strip_telnet
from scanners.greeting.text import printable
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Greeting
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript

MYSQL = b"\x49\x00\x00\x00\x0a5.7.44-log\x00\x08\x00\x00\x00abcdefgh\x00\xff\xf7\x08\x02\x00\xff\x81\x15" + bytes(40)
MARIADB = b"\x5a\x00\x00\x00\x0a5.5.5-10.11.6-MariaDB-0+deb12u1\x00\x1e\x00\x00\x00abcdefgh\x00\xfe\xf7" + bytes(40)
MYSQL_REFUSES = b"\x45\x00\x00\x00\xffj\x04Host '192.0.2.9' is not allowed to connect to this MySQL server"
NEGOTIATION = b"\xff\xfd\x18\xff\xfd\x20\xff\xfb\x01\xff\xfa\x18\x01\xff\xf0"


@pytest.mark.parametrize(
    ("raw", "port", "protocol"),
    [
        (b"", 22, "silent"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", 22, "ssh"),
        (b"SSH-1.5-Cisco-1.25\n", 2222, "ssh"),
        (b"Welcome, be brief.\r\nSSH-2.0-dropbear_2022.83\r\n", 22, "ssh"),
        (b"220 (vsFTPd 3.0.5)\r\n", 2100, "ftp"),
        (b"220-FileZilla Server 1.7.0\r\n220 ready\r\n", 4021, "ftp"),
        (b"220 RTX1210 ready\r\n", 21, "ftp"),
        (b"220 mail.example.jp ESMTP Postfix\r\n", 25, "smtp"),
        (b"220 ftp.example.jp ESMTP\r\n", 2525, "smtp"),
        (b"220 mx ready\r\n", 25, "smtp"),
        (b"220 ready\r\n", 4000, "unknown"),
        (b"554 no SMTP service here\r\n", 25, "smtp"),
        (b"421 Service not available\r\n", 21, "ftp"),
        (b"+OK Dovecot ready.\r\n", 110, "pop3"),
        (b"-ERR too many connections\r\n", 110, "pop3"),
        (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", 143, "imap"),
        (b"* BYE disconnecting\r\n", 143, "imap"),
        (b"RFB 003.008\n", 5900, "vnc"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", 9999, "http"),
        (b"@RSYNCD: 31.0\n", 873, "rsync"),
        (b"-DENIED Redis is running in protected mode because protected mode is enabled", 6379, "redis"),
        (b"-DENIED", 6379, "unknown"),
        (NEGOTIATION, 23, "telnet"),
        (NEGOTIATION + b"\r\nlogin: ", 23, "telnet"),
        (b"\r\nUser Access Verification\r\n\r\nPassword: ", 23, "telnet"),
        (b"\r\nRTX830 BootROM\r\n\r\nPassword: ", 23, "telnet"),
        (b"router login: ", 2323, "telnet"),
        (MYSQL, 3306, "mysql"),
        (MARIADB, 3306, "mysql"),
        (MYSQL_REFUSES, 3306, "mysql"),
        (b"\x15\x03\x01\x00\x02\x02\x28", 443, "unknown"),
        (b"hello\r\n", 21, "unknown"),
        (b"\xff", 23, "unknown"),
    ],
)
def test_classify(raw: bytes, port: int, protocol: str) -> None:
    assert classify(raw, port) == protocol


@pytest.mark.parametrize(
    ("raw", "enough"),
    [
        (b"", False),
        (b"SSH-2.0-Open", False),
        (b"SSH-2.0-OpenSSH_9.6\r\n", True),
        (b"Welcome\r\n", False),
        (NEGOTIATION, False),
        (NEGOTIATION + b"\r\nlogin: ", True),
        (MYSQL, True),
        (MYSQL[:-1], False),
        (b"x" * MOST_BYTES, True),
    ],
)
def test_is_enough(raw: bytes, enough: bool) -> None:
    assert is_enough(raw, 22) is enough


def transcript(*events: Event, subject: str = "service:192.0.2.9/tcp/23") -> Transcript:
    return Transcript("greeting", 1, Subject(subject), "management", datetime(2026, 11, 21, tzinfo=UTC), events)


CONNECTED = (Event(0, EventKind.CONNECT), Event(1, EventKind.CONNECTED))


def heard(*chunks: bytes, end: EventKind = EventKind.TIMEOUT) -> Transcript:
    return transcript(*CONNECTED, *(Event(2, EventKind.RECEIVED, data=c) for c in chunks), Event(3, end))


@pytest.mark.parametrize(
    ("given_transcript", "greeting", "detail"),
    [
        (heard(), Greeting("silent", "", 0), "said nothing"),
        (heard(end=EventKind.PEER_CLOSED), Greeting("silent", "", 0), "closed without a word"),
        (heard(end=EventKind.PEER_RESET), Greeting("silent", "", 0), "reset without a word"),
        (heard(b"SSH-2.0-", b"x\r\n"), Greeting("ssh", "SSH-2.0-x", 11), ""),
        (heard(NEGOTIATION + b"\r\n\x07login: "), Greeting("telnet", "login:", 25), ""),
        (heard(MARIADB), Greeting("mysql", "5.5.5-10.11.6-MariaDB-0+deb12u1", len(MARIADB)), ""),
        (heard(b"x" * 2000), Greeting("unknown", "x" * 1000, 2000), ""),
    ],
)
def test_read_when_connected(given_transcript: Transcript, greeting: Greeting, detail: str) -> None:
    reading = read(given_transcript)
    assert reading.outcome is Outcome.OK
    assert (reading.facts, reading.detail) == (((Subject("service:192.0.2.9/tcp/23"), greeting),), detail)


@pytest.mark.parametrize(
    ("kind", "outcome"), [(EventKind.REFUSED, Outcome.REFUSED), (EventKind.TIMEOUT, Outcome.TIMEOUT)]
)
def test_read_when_the_connect_failed(kind: EventKind, outcome: Outcome) -> None:
    reading = read(transcript(Event(0, EventKind.CONNECT), Event(1, kind)))
    assert (reading.outcome, reading.facts) == (outcome, ())


def test_read_when_the_subject_is_no_service() -> None:
    assert read(transcript(subject="host:192.0.2.9")).outcome is Outcome.TOOL_ERROR
    assert read(transcript(subject="service:x/tcp/y")).outcome is Outcome.TOOL_ERROR


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("ログイン".encode("cp932"), "ログイン"),
        ("ログイン".encode(), "ログイン"),
        ("ログイン".encode()[:-1], "ログイ"),
        ("ログイン".encode("cp932")[:-1], "ログイ"),
        (b"caf\xe9", "café"),
        (b"caf\xe9 \xff", "café ÿ"),
        (b"\x1b[2Ja\tb\x00\r\nc", "[2Ja b\nc"),
        (b"", ""),
    ],
)
def test_printable(raw: bytes, text: str) -> None:
    assert printable(raw) == text


@given(st.binary(max_size=200))
def test_printable_is_total_and_printable(raw: bytes) -> None:
    text = printable(raw, longest=50)
    assert len(text) <= 50
    assert all(c.isprintable() or c == "\n" for c in text)


STARTS = st.sampled_from([b"", b"\xff", b"220", b"SSH-", MYSQL[:12], NEGOTIATION, b"* OK"])


@given(st.tuples(STARTS, st.binary(max_size=100)).map(b"".join), st.integers(0, 65535))
def test_classify_is_total(raw: bytes, port: int) -> None:
    assert classify(raw, port)
    is_enough(raw, port)
    strip_telnet(raw)


EVENTS = st.builds(Event, st.just(0), st.sampled_from(EventKind), st.integers(0, 1), st.just(0), st.binary(max_size=40))


@given(st.lists(EVENTS, max_size=8), st.sampled_from(["service:192.0.2.9/tcp/21", "facility", "service:/tcp/"]))
def test_read_is_total(events: list[Event], subject: str) -> None:
    assert isinstance(read(transcript(*events, subject=subject)).outcome, Outcome)


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        (b"Not allowed at this time\r\n", "shut out: the service says 'Not allowed at this time'"),
        (b"Not allowed at this time", "shut out: the service says 'Not allowed at this time'"),
        (b"220 Not allowed at this time\r\n", ""),
        (b"SSH-2.0-OpenSSH_9.8\r\n", ""),
        (b"", ""),
    ],
)
def test_a_ban_is_told_from_a_greeting(said: bytes, detail: str) -> None:
    assert shuts_out(said) == detail


@pytest.mark.parametrize(
    ("said", "protocol"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x32", "silent"),  # decode_error, as Redis with TLS answers our close
        (b"\x15\x03\x01\x00\x02\x01\x00" * 2, "silent"),
        (b"\x15\x03\x03\x00\x02\x02", "unknown"),
        (b"\x15\x03\x03\x00\x02\x02\x32hello", "unknown"),
        (b"\x15\x03\x09\x00\x02\x02\x32", "unknown"),
    ],
)
def test_a_tls_alert_at_our_close_is_no_greeting(said: bytes, protocol: str) -> None:
    events = (
        Event(0, EventKind.CONNECT), Event(1, EventKind.CONNECTED), Event(2000, EventKind.TIMEOUT),
        Event(2001, EventKind.RECEIVED, data=said), Event(2002, EventKind.PEER_CLOSED),
    )  # fmt: skip
    subject = Subject("service:2001:db8::1/tcp/6379")
    reading = read(Transcript("greeting", 4, subject, "m", datetime(2026, 11, 21, tzinfo=UTC), events))
    ((_, greeting),) = reading.facts
    assert isinstance(greeting, Greeting)
    assert greeting.protocol == protocol
    assert (greeting.raw_bytes == 0) is (protocol == "silent")
    assert (reading.detail == "said nothing but a TLS alert when we closed") is (protocol == "silent")
