"""What single offers of one class say: from made-up transcripts and against real servers."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import pytest

from scanners.tls.classes import class_suites
from scanners.tls.hello import build_hello, in_record
from scanners.tls.reading import read
from sekisho.model.facts import TlsVersions
from sekisho.model.tls_classes import TLS_CLASSES, TlsClasses
from sekisho.model.transcript import EventKind, Transcript
from tests.unit.scanners.fakes import Loopback, Peer, Scripted
from tests.unit.scanners.servers import answer_http, context, dhe_settings, serve, serve_tlslite, settings
from tests.unit.scanners.tls.test_classes import offer
from tests.unit.scanners.tls.test_flight import ALERT, DONE, handshake, server_hello
from tests.unit.scanners.tls.test_probe import RESET, fact, probe
from tests.unit.scanners.tls.test_reading import NEW, OLD, Conn, alert, hung, transcript

K = EventKind
V12 = (ssl.TLSVersion.TLSv1_2,)
SOUND, CBC, RSA = "ECDHE+AESGCM", "ECDHE-RSA-AES128-SHA256", "AES128-GCM-SHA256"


def limited(name: str, theirs: bytes = ALERT, ends: Sequence[EventKind] = (K.PEER_CLOSED, K.CLOSED)) -> Conn:
    made = offer(name)
    return in_record(made, build_hello(made)), theirs, ends


def answers(found: TlsClasses) -> dict[str, str]:
    assert [c.limited_to for c in found.classes] == list(TLS_CLASSES)
    return {c.limited_to: c.answer for c in found.classes}


def classes(given: Transcript) -> TlsClasses:
    return fact(read(given), TlsClasses)


@pytest.mark.parametrize(
    ("conns", "expected"),
    [
        ((NEW, limited("dhe")), "refused"),
        ((NEW, limited("dhe", ALERT[:-1] + b"\x50")), "untried"),
        ((NEW, limited("dhe", b"", (K.PEER_RESET, K.CLOSED))), "untried"),
        ((NEW, limited("dhe", b"", (K.PEER_RESET, K.CLOSED)), NEW), "untried"),
        ((NEW, *[limited("dhe", b"", (K.PEER_RESET, K.CLOSED))] * 2, NEW), "refused"),
        ((NEW, *[limited("dhe", b"", (K.PEER_RESET, K.CLOSED))] * 2, hung("tls1.2")), "untried"),
        ((NEW, limited("dhe", b"", (K.TIMEOUT, K.CLOSED))), "untried"),
        ((NEW, limited("dhe", b"HTTP/1.1 400 Bad Request\r\n\r\n", (K.CLOSED,))), "untried"),
        ((NEW, limited("dhe", handshake(server_hello(b"\x03\x01", b"\x00\x9e"), DONE))), "untried"),
        ((NEW, limited("dhe", handshake(server_hello(b"\x03\x03", b"\x00\x9e"), DONE))), "accepted"),
        ((NEW,), "untried"),
    ],
    ids=[
        "alert", "the server's own trouble", "reset proves nothing", "reset once, then another accepted",
        "reset twice, then another accepted", "reset for good",
        "silence", "another protocol", "lower version", "accepted", "not offered",
    ],
)  # fmt: skip
def test_one_class(conns: tuple[Conn, ...], expected: str) -> None:
    found = answers(classes(transcript(*conns)))
    assert found.pop("dhe") == expected
    assert set(found.values()) == {"untried"}


def test_a_refused_class_takes_its_suites_out_of_what_is_possible() -> None:
    before, after = (classes(transcript(NEW, *more)).possible for more in ((), (limited("no_common_aead"),)))
    assert len(before) - len(after) == len(class_suites("no_common_aead")) - 1


def test_a_refused_curve_leaves_its_suites_possible() -> None:
    before, after = (classes(transcript(NEW, *more)).possible for more in ((), (limited("small_curve"),)))
    assert before == after


def test_a_refused_class_does_not_refuse_its_version() -> None:
    found = fact(read(transcript(NEW, alert("tls1.0"), limited("dhe"))), TlsVersions)
    assert (set(found.accepted), set(found.refused)) == ({"tls1.2"}, {"tls1.0"})
    assert found.suites == (("tls1.2", "TLS_RSA_WITH_AES_128_CBC_SHA"),)


def test_an_accepted_class_proves_that_a_repeated_end_was_a_refusal() -> None:
    taken = limited("dhe", handshake(server_hello(b"\x03\x03", b"\x00\x9e"), DONE))
    found = fact(read(transcript(NEW, hung("ssl2"), hung("ssl3"), hung("ssl3"), taken)), TlsVersions)
    assert found.refused == {"ssl3"}


def test_without_tls12_no_class_is_stated() -> None:
    found = classes(transcript(OLD))
    assert (found.classes, found.possible) == ((), ())
    assert [c.version for c in found.chosen] == ["tls1.0"]
    assert set(found.untried) == {"ssl2", "ssl3", "tls1.1", "tls1.2", "tls1.3"}


def test_a_service_that_accepted_nothing_has_no_choices() -> None:
    facts = [f for _, f in read(transcript(alert("tls1.2"))).facts]
    assert not any(isinstance(f, TlsClasses) for f in facts)


async def of_openssl(ciphers: str, *peers: Peer, versions: Sequence[ssl.TLSVersion] = V12) -> TlsClasses:
    async with serve(answer_http, tls=context("rsa", versions=versions, ciphers=ciphers)) as port:
        reading, _ = await probe(port, *peers)
    return fact(reading, TlsClasses)


@pytest.mark.parametrize(
    ("ciphers", "accepted", "suite"),
    [
        (SOUND, "", ""),
        (f"{SOUND}:{RSA}", "no_forward_secrecy", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
        (f"{SOUND}:{CBC}", "no_common_aead", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    ],
)
async def test_openssl_shows_what_its_best_suite_hides(ciphers: str, accepted: str, suite: str) -> None:
    found = await of_openssl(ciphers)
    by = answers(found)
    assert {n for n, a in by.items() if a == "accepted"} == {accepted} - {""}
    assert {a for n, a in by.items() if n != accepted} == {"refused"}
    assert "_GCM_" in found.chosen[0].suite
    assert suite in {c.suite for c in found.taken} | {""}


async def test_openssl_with_both_versions_names_both_groups() -> None:
    found = await of_openssl(SOUND, versions=(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3))
    assert [(c.version, c.exchange, c.bits >= 256) for c in found.chosen] == [
        ("tls1.2", "ecdhe", True), ("tls1.3", "ecdhe", True),
    ]  # fmt: skip
    assert found.untried == ()


@contextmanager
def with_curve(name: str) -> Iterator[int]:
    """Serve TLS 1.2 with ECDHE over one curve."""
    given = settings((3, 3), (3, 3), ciphers=["aes128gcm"], exchanges=["ecdhe_rsa"])
    given.eccCurves, given.keyShares, given.defaultCurve = [name], [], name
    with serve_tlslite(given) as port:
        yield port


def both(ciphers: Sequence[str], exchanges: Sequence[str]) -> AbstractContextManager[int]:
    return serve_tlslite(settings((3, 3), (3, 3), ciphers=ciphers, exchanges=exchanges))


@pytest.mark.parametrize(
    ("server", "accepted"),
    [
        (lambda: both(["aes128gcm"], ["ecdhe_rsa"]), {}),
        (lambda: both(["aes128gcm"], ["ecdhe_rsa", "rsa"]), {"no_forward_secrecy": ("", 0)}),
        (lambda: both(["aes128gcm", "aes128"], ["ecdhe_rsa"]), {"no_common_aead": ("ecdhe", 256)}),
        (lambda: both(["aes128gcm", "3des"], ["ecdhe_rsa"]), {"no_common_aead": ("ecdhe", 256)}),
        (lambda: both(["aes128gcm"], ["ecdhe_rsa", "dhe_rsa"]), {"dhe": ("dhe", 2048)}),
        (lambda: serve_tlslite(dhe_settings(1024)), {"dhe": ("dhe", 1024)}),
        (lambda: serve_tlslite(dhe_settings(512)), {"dhe": ("dhe", 512)}),
        (lambda: with_curve("secp192r1"), {"small_curve": ("ecdhe", 192)}),
    ],
    ids=["sound", "RSA", "CBC", "3DES", "DHE", "DHE 1024", "DHE 512", "P-192"],
)
async def test_tlslite_shows_what_its_best_suite_hides(server: object, accepted: dict[str, tuple[str, int]]) -> None:
    assert callable(server)
    with server() as port:
        reading, wire = await probe(port)
    found = fact(reading, TlsClasses)
    shown: dict[str, tuple[str, int]] = {
        c.limited_to: (c.exchange, c.bits) for c in found.classes if c.answer == "accepted"
    }
    assert shown == accepted
    assert {a for n, a in answers(found).items() if n not in accepted} <= {"refused"}
    assert wire.connects == 10


async def test_a_blocker_of_the_classes_proves_no_refusal() -> None:
    peers: list[Peer] = [Loopback()] * 6
    found = await of_openssl(SOUND, *peers, RESET)
    assert set(answers(found).values()) == {"untried"}


async def test_a_reset_instead_of_an_alert_is_settled_by_repetition() -> None:
    with both(["aes128gcm"], ["ecdhe_rsa"]) as port:
        peers: list[Peer] = [*[Loopback()] * 6, *[RESET] * 4, *[RESET] * 3, Loopback(), RESET, Loopback()]
        reading, wire = await probe(port, *peers)
    assert set(answers(fact(reading, TlsClasses)).values()) == {"refused"}
    assert wire.connects == 6 + 4 + 4 + 2


async def test_a_passing_reset_hides_no_class() -> None:
    with both(["aes128gcm"], ["ecdhe_rsa", "dhe_rsa"]) as port:
        reading, _ = await probe(port, *[Loopback()] * 6, *[RESET] * 4, Loopback())
    found = answers(fact(reading, TlsClasses))
    assert found.pop("dhe") == "accepted"
    assert set(found.values()) == {"refused"}


async def test_a_class_that_meets_silence_ends_the_job_and_keeps_the_versions() -> None:
    with both(["aes128gcm"], ["ecdhe_rsa"]) as port:
        reading, wire = await probe(port, *[Loopback()] * 6, Scripted(then="silent"))
    assert wire.connects == 7
    assert fact(reading, TlsVersions).refused == {"ssl2", "ssl3", "tls1.0", "tls1.1", "tls1.3"}
    assert set(answers(fact(reading, TlsClasses)).values()) == {"untried"}


async def test_no_class_is_offered_without_tls12() -> None:
    with serve_tlslite(settings((3, 4), (3, 4))) as port:
        reading, wire = await probe(port)
    found = fact(reading, TlsClasses)
    assert wire.connects == 6
    assert (found.classes, found.possible) == ((), ())
    assert [(c.version, c.exchange, c.bits) for c in found.chosen] == [("tls1.3", "ecdhe", 256)]
