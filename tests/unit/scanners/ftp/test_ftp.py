from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.ftp.parse import parse_features, replies
from scanners.ftp.probe import SCANNER
from sekisho.errors import ParseError
from sekisho.model.attempts import Outcome
from sekisho.model.facts import FtpFeatures
from sekisho.model.transcript import EventKind
from tests.unit.scanners.fakes import Answering, FakeWire, Scripted, job

GREETING = b"220 (vsFTPd 3.0.3)\r\n"
FEATURES = b"211-Features:\r\n AUTH TLS\r\n PBSZ\r\n UTF8\r\n211 End\r\n"

ANSWERS = {b"FEAT\r\n": FEATURES}


@given(st.binary(max_size=2048))
def test_parse_is_total(raw: bytes) -> None:
    replies(raw)
    with contextlib.suppress(ParseError):
        parse_features(raw)


@given(st.integers(0, len(FEATURES)), st.binary(max_size=8))
def test_parse_is_total_on_cut_answers(cut: int, tail: bytes) -> None:
    with contextlib.suppress(ParseError):
        parse_features(GREETING + FEATURES[:cut] + tail)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (FEATURES, FtpFeatures(True, True, ("AUTH TLS", "PBSZ", "UTF8"))),
        (b"211-Features:\r\n MDTM\r\n SIZE\r\n211 End\r\n", FtpFeatures(True, False, ("MDTM", "SIZE"))),
        (
            b"211-Features:\r\n 211 lines\r\n AUTH SSL\r\n211 End\r\n",
            FtpFeatures(True, True, ("211 LINES", "AUTH SSL")),
        ),
        (b"500 Unknown command.\r\n", FtpFeatures(True, False, ())),
        (b"530 Please login with USER and PASS.\r\n", FtpFeatures(False, False, ())),
        (b"211 no features\r\n", FtpFeatures(True, False, ())),
    ],
)
def test_reads_what_real_servers_answer(answer: bytes, expected: FtpFeatures) -> None:
    assert parse_features(GREETING + answer) == expected


def test_reads_a_greeting_of_several_lines() -> None:
    assert parse_features(b"220-Welcome\r\n220-to us\r\n220 ready\r\n" + FEATURES).auth_tls


async def test_a_greeting_that_comes_line_by_line_is_heard_to_its_end() -> None:
    rules = [f"220-{number:02d} Use of this server is for staff only.\r\n".encode() for number in range(30)]
    features = [line + b"\r\n" for line in FEATURES.splitlines()]
    peer = Scripted(*rules, b"220 ready\r\n", *features, b"221 Bye\r\n")
    wire = FakeWire(job("ftp", 21), peer)
    await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())
    assert (reading.outcome, reading.detail) == (Outcome.OK, "")
    assert [f for _, f in reading.facts] == [FtpFeatures(True, True, ("AUTH TLS", "PBSZ", "UTF8"))]
    assert peer.sent == [b"FEAT\r\n"]


def test_refuses_another_protocol() -> None:
    with pytest.raises(ParseError, match="expected code 220"):
        parse_features(b"SSH-2.0-OpenSSH_9.2\r\n")


async def test_asks_features_and_leaves_without_a_log_in() -> None:
    wire = FakeWire(job("ftp", 21), Answering(lambda sent: [ANSWERS[sent]], greeting=GREETING))
    await SCANNER.run(wire.job, wire)
    transcript = wire.transcript()
    sent = b"".join(e.data for e in transcript.events if e.kind is EventKind.SENT)
    assert sent == b"FEAT\r\n"
    reading = SCANNER.read(transcript)
    assert reading.outcome is Outcome.OK
    assert reading.facts == ((transcript.subject, FtpFeatures(True, True, ("AUTH TLS", "PBSZ", "UTF8"))),)


async def test_a_silent_service_is_a_timeout_and_proves_nothing() -> None:
    wire = FakeWire(job("ftp", 21), Scripted(then="silent"))
    await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())
    assert reading.outcome is Outcome.TIMEOUT
    assert reading.facts == ()
