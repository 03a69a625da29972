from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from scanners.tls.asks import Ask
from scanners.tls.flight import Flight
from scanners.tls.hello import said
from scanners.tls.probe import SCANNER
from scanners.tls.reading import hung_up_note, key_note, read
from scanners.tls.ssl2 import build_ssl2_hello
from scanners.tls.tries import Answer, Try, doubtful, refusals
from sekisho.model.attempts import Outcome
from sekisho.model.facts import CertificateChain, TlsClientAuth, TlsVersions
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript
from tests.golden.facts_json import reading_json
from tests.unit.scanners import golden
from tests.unit.scanners.strategies import transcripts
from tests.unit.scanners.tls.test_flight import ALERT, DONE, EMPTY, REQUEST, ask, handshake, sent, server_hello

K = EventKind
ALL = frozenset({"ssl2", "ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3"})
HTTP = b"HTTP/1.1 400 Bad Request\r\n\r\n"
Conn = tuple[bytes, bytes, Sequence[EventKind]]


def accept(version: str, code: bytes) -> Conn:
    return sent(version), handshake(server_hello(code), DONE), (K.CLOSED,)


OLD = accept("tls1.0", b"\x03\x01")
NEW = accept("tls1.2", b"\x03\x03")


def alert(version: str, description: int = 70, sni: str = "") -> Conn:
    body = bytes([2, description])
    return sent(version, sni), ALERT[:-2] + body, (K.PEER_CLOSED, K.CLOSED)


def hung(version: str, how: EventKind = K.PEER_RESET) -> Conn:
    return (build_ssl2_hello(bytes(16)) if version == "ssl2" else sent(version)), b"", (how, K.CLOSED)


def silent(version: str) -> Conn:
    return sent(version), b"", (K.TIMEOUT, K.CLOSED)


def transcript(*conns: Conn, notes: Sequence[str] = ()) -> Transcript:
    events: list[Event] = []
    for number, (ours, theirs, ends) in enumerate(conns):
        events += [Event(0, K.CONNECT, number, 443), Event(0, K.CONNECTED, number, 443)]
        events += [Event(0, K.SENT, number, 443, ours)] if ours else []
        events += [Event(0, K.RECEIVED, number, 443, theirs)] if theirs else []
        events += [Event(0, kind, number, 443) for kind in ends]
    events += [Event(0, K.NOTE, data=note.encode()) for note in notes]
    subject, moment = Subject("service:192.0.2.20/tcp/443"), datetime(2026, 11, 21, tzinfo=UTC)
    return Transcript("tls", 1, subject, "test", moment, tuple(events))


def versions(given: Transcript) -> TlsVersions:
    (found,) = [fact for _, fact in read(given).facts if isinstance(fact, TlsVersions)]
    assert found.accepted | found.refused | found.untried == ALL
    assert len(found.accepted) + len(found.refused) + len(found.untried) == len(ALL)
    return found


def client_auth(given: Transcript) -> TlsClientAuth:
    (found,) = [fact for _, fact in read(given).facts if isinstance(fact, TlsClientAuth)]
    return found


@pytest.mark.parametrize(
    ("conns", "accepted", "refused"),
    [
        ((NEW, alert("tls1.0"), alert("ssl3", 40)), {"tls1.2"}, {"tls1.0", "ssl3"}),
        ((hung("tls1.0"), NEW), {"tls1.2"}, set()),
        ((NEW, hung("tls1.0"), hung("tls1.0"), NEW), {"tls1.2"}, {"tls1.0", "ssl3"}),
        ((hung("tls1.0", K.PEER_CLOSED), hung("tls1.0"), NEW), {"tls1.2"}, {"tls1.0", "ssl3"}),
        ((NEW, hung("tls1.0"), hung("ssl2"), hung("ssl2"), NEW), {"tls1.2"}, {"ssl2"}),
        ((NEW, *[hung("tls1.0")] * 2, hung("ssl2"), hung("ssl3"), NEW), {"tls1.2"}, {"tls1.0", "ssl3"}),
        ((NEW, *[hung("tls1.0")] * 2, hung("ssl2"), hung("ssl3"), hung("tls1.1"), NEW), {"tls1.2"}, set()),
        ((NEW, *[hung("tls1.0")] * 2, silent("tls1.1"), NEW), {"tls1.2"}, set()),
        ((NEW, hung("tls1.0"), hung("tls1.0"), hung("tls1.2")), {"tls1.2"}, set()),
        ((NEW, hung("tls1.0"), OLD, NEW), {"tls1.2", "tls1.0"}, set()),
        ((NEW, alert("tls1.0", 80)), {"tls1.2"}, set()),
        ((NEW, alert("tls1.0", 80), alert("tls1.0", 80), NEW), {"tls1.2"}, {"tls1.0", "ssl3"}),
        ((NEW, alert("tls1.0", 80), alert("tls1.0", 90), NEW), {"tls1.2"}, set()),
        ((NEW, alert("tls1.0", 80), hung("tls1.0"), NEW), {"tls1.2"}, set()),
        ((NEW, alert("tls1.0", 80), alert("tls1.0", 71)), {"tls1.2"}, {"tls1.0", "ssl3"}),
        ((NEW, alert("tls1.0", 90), alert("tls1.1", 0), alert("ssl3", 50), NEW), {"tls1.2"}, set()),
        ((NEW, hung("tls1.0")), {"tls1.2"}, set()),
        ((NEW, silent("tls1.0")), {"tls1.2"}, set()),
        ((accept("tls1.2", b"\x03\x01"), OLD), {"tls1.0"}, {"tls1.2", "tls1.1"}),
        ((accept("tls1.2", b"\x03\x01"),), {"tls1.0"}, {"tls1.2", "tls1.1"}),
        ((accept("tls1.2", b"\x03\x01"), alert("tls1.0")), {"tls1.0"}, set()),
        ((alert("tls1.2", 112, "a.jp"), NEW), {"tls1.2"}, set()),
        ((alert("tls1.2"), alert("tls1.0")), set(), set()),
        ((hung("tls1.2"), hung("tls1.0"), hung("tls1.3")), set(), set()),
        ((silent("tls1.2"),), set(), set()),
        ((NEW, (sent("tls1.0"), HTTP, (K.CLOSED,))), {"tls1.2"}, set()),
        ((NEW, (sent("tls1.0"), handshake(b"\x02\x00\x00\x01x"), (K.CLOSED,))), {"tls1.2"}, set()),
        ((NEW, (b"", b"", (K.CLOSED,))), {"tls1.2"}, set()),
    ],
    ids=[
        "alerts refuse", "one reset before an acceptance proves nothing", "reset twice, control accepted: refused",
        "closed and reset, control accepted: refused", "only what was repeated is refused",
        "control at the end of a round", "control after the round", "silence before the control",
        "control hung up: nothing proved", "reset once, then accepted",
        "own trouble once", "own trouble twice, control accepted", "two kinds of trouble", "trouble and a reset",
        "trouble, then a refusal", "alerts that judge nothing", "reset after the last acceptance",
        "silence proves nothing", "lower version chosen", "lower version chosen, not offered later",
        "chosen, then refused: servers that differ refuse nothing", "name refused, not the version",
        "alerts alone show no version",
        "hanging up alone shows no TLS", "silence alone", "other bytes later", "garbled hello", "hello never sent",
    ],
)  # fmt: skip
def test_versions(conns: tuple[Conn, ...], accepted: set[str], refused: set[str]) -> None:
    found = versions(transcript(*conns))
    assert set(found.accepted) == accepted
    assert set(found.refused) == refused


@pytest.mark.parametrize(
    ("conns", "outcome"),
    [
        ((NEW,), Outcome.OK),
        ((accept("tls1.2", b"\x03\x01"),), Outcome.OK),
        ((silent("tls1.2"),), Outcome.TIMEOUT),
        ((hung("tls1.2"), hung("tls1.0")), Outcome.PROTOCOL_ERROR),
        ((alert("tls1.2"),), Outcome.PROTOCOL_ERROR),
        (((sent("tls1.2"), HTTP, (K.CLOSED,)),), Outcome.PROTOCOL_ERROR),
        (((sent("tls1.2"), b"", ()),), Outcome.INTERRUPTED),
        ((), Outcome.NOT_TRIED),
    ],
)
def test_outcomes(conns: tuple[Conn, ...], outcome: Outcome) -> None:
    assert read(transcript(*conns)).outcome is outcome


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (K.REFUSED, Outcome.REFUSED), (K.TIMEOUT, Outcome.TIMEOUT), (K.UNREACHABLE, Outcome.HOST_GONE),
        (K.FILTERED, Outcome.FILTERED),
    ],
)  # fmt: skip
def test_a_failed_connect_is_no_fact(kind: EventKind, outcome: Outcome) -> None:
    events = (Event(0, K.CONNECT, 0, 443), Event(1, kind, 0, 443))
    reading = read(
        Transcript("tls", 1, Subject("service:192.0.2.20/tcp/443"), "t", datetime(2026, 1, 1, tzinfo=UTC), events)
    )
    assert (reading.outcome, reading.facts) == (outcome, ())


def test_another_protocol_is_no_fact() -> None:
    assert read(transcript((sent("tls1.2"), HTTP, (K.CLOSED,)))).facts == ()


def asked(version: str, code: bytes, *, answered: bool, theirs: bytes = b"") -> Conn:
    request = REQUEST if version != "tls1.2" else b"\x0d\x00\x00\x06\x01\x01\x00\x00\x00\x00"
    ours = sent(version) + (EMPTY if answered else b"")
    return ours, handshake(server_hello(code), request, DONE) + theirs, (K.PEER_CLOSED, K.CLOSED)


@pytest.mark.parametrize(
    ("conns", "notes", "requested", "refused"),
    [
        ((NEW,), (), False, None),
        (((sent("tls1.0"), handshake(server_hello(b"\x03\x01")), ()),), (), None, None),
        ((asked("tls1.0", b"\x03\x01", answered=False),), (), True, None),
        ((asked("tls1.0", b"\x03\x01", answered=True, theirs=ALERT),), (), True, True),
        ((asked("tls1.0", b"\x03\x01", answered=True),), (), True, None),
        ((asked("tls1.0", b"\x03\x01", answered=True),), (hung_up_note(0),), True, True),
        ((NEW,), (hung_up_note(0),), False, None),
        ((NEW, asked("tls1.0", b"\x03\x01", answered=True, theirs=ALERT)), (), False, None),
        ((asked("tls1.2", b"\x03\x03", answered=False), asked("tls1.0", b"\x03\x01", answered=False)), (), True, None),
    ],
    ids=[
        "not asked", "flight cut short", "asked", "asked, alert", "asked, ended, nothing noted",
        "asked, hung up on us", "note without a request", "one version lets in without", "two versions ask",
    ],
)  # fmt: skip
def test_client_certificate(
    conns: tuple[Conn, ...], notes: Sequence[str], requested: bool | None, refused: bool | None
) -> None:  # fmt: skip
    found = client_auth(transcript(*conns, notes=notes))
    assert (found.requested, found.refused_without) == (requested, refused)


def tries(*answers: tuple[str, Answer]) -> list[Try]:
    asks = [Ask(("ssl2",)) if version == "ssl2" else ask(version) for version, _ in answers]
    given = zip(asks, answers, strict=True)
    return [Try(Flight(said(made), version=v if a is Answer.ACCEPTED else ""), a) for made, (v, a) in given]


@pytest.mark.parametrize(
    ("answers", "again"),
    [
        ((("tls1.2", Answer.ACCEPTED), ("ssl3", Answer.HUNG_UP)), ["ssl3"]),
        ((("ssl3", Answer.HUNG_UP), ("tls1.3", Answer.ACCEPTED)), ["ssl3"]),
        ((("ssl3", Answer.HUNG_UP), ("ssl3", Answer.ACCEPTED)), []),
        ((("ssl3", Answer.HUNG_UP), ("ssl3", Answer.HUNG_UP), ("tls1.3", Answer.ACCEPTED)), []),
        ((("ssl3", Answer.HUNG_UP), ("ssl3", Answer.NOT_CONNECTED), ("ssl2", Answer.HUNG_UP)), ["ssl3", "ssl2"]),
        ((("tls1.2", Answer.SILENT), ("ssl3", Answer.OTHER_VERSION)), []),
        ((), []),
    ],
)
def test_what_is_worth_asking_again(answers: tuple[tuple[str, Answer], ...], again: list[str]) -> None:
    assert [offer.newest for offer in doubtful(tries(*answers))] == again


def test_a_lost_connect_between_repetition_and_control_takes_no_proof_away() -> None:
    ended, lost, control = ("ssl3", Answer.HUNG_UP), ("tls1.2", Answer.NOT_CONNECTED), ("tls1.2", Answer.ACCEPTED)
    assert [t.flight.offered for t in refusals(tries(ended, ended, lost, control))] == ["ssl3"]


@pytest.mark.parametrize("description", range(256))
def test_only_alerts_that_judge_the_offer_refuse_a_version_at_once(description: int) -> None:
    found = versions(transcript(NEW, alert("tls1.0", description), NEW))
    assert ("tls1.0" in found.refused) == (description in {40, 70, 71})


def test_chains_are_given_once_per_name_and_kind() -> None:
    stored = golden.transcript("tls", "openssl-tls12-tls13")
    chains = [fact for _, fact in read(stored).facts if isinstance(fact, CertificateChain)]
    assert [(c.sni, len(c.chain)) for c in chains] == [("ehr.example.jp", 1)]


@pytest.mark.parametrize("path", golden.paths("tls"), ids=lambda p: p.stem)
def test_golden(path: Path) -> None:
    stored = Transcript.from_bytes(path.read_bytes())
    assert json.loads(reading_json(SCANNER.read(stored))) == json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert path.with_suffix(".meta.toml").exists()
    assert len(stored.connections()) <= SCANNER.max_connections


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    transcripts(
        "tls",
        [data for pair in golden.streams("tls") for data in pair if data],
        [
            key_note(0, 29, bytes(range(32))),
            key_note(1, 23, b"\0"),
            hung_up_note(1),
            "tls13_key conn=0 group=29 private=abc",
        ],
    )
)
def test_reading_is_total_and_never_counts_a_version_twice(given_transcript: Transcript) -> None:
    for _, fact in read(given_transcript).facts:
        if isinstance(fact, TlsVersions):
            assert len(fact.accepted) + len(fact.refused) + len(fact.untried) == len(ALL)
            assert fact.accepted | fact.refused | fact.untried == ALL
            assert not (fact.refused and not fact.accepted) or read(given_transcript).outcome is Outcome.OK
