"""Facts beside versions: features from single handshakes, inferred groups, and what a signal or a name proves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.tls.asks import FALLBACK_SCSV
from scanners.tls.findings import tls_features, tls_suites
from scanners.tls.flight import Flight
from scanners.tls.hello import Extension, said
from scanners.tls.knowledge import NEWEST_FIRST, known
from scanners.tls.parse import KeyExchange, ServerHello
from scanners.tls.plan import Wish
from scanners.tls.suites import suite_name
from scanners.tls.tries import Answer, Try, refusals
from sekisho.model.facts import TlsVersions
from sekisho.model.tls_facts import TlsSuites
from tests.unit.scanners.tls.simulated import Server, survey
from tests.unit.scanners.tls.test_flight import ask

CBC, GCM = 0xC013, 0xC02F


def taken(suite: int = GCM, *extensions: int, compression: int = 0, session: bytes = b"") -> Try:
    hello = ServerHello(0x0303, bytes(32), session, suite, compression, dict.fromkeys(extensions, b""))
    key = KeyExchange("ecdhe", "x25519", 256, 29, 0x0804)
    flight = Flight(said(ask("tls1.2")), "tls1.2", suite_name(suite), suite, hello, exchange=key, stapled=False)
    return Try(flight, Answer.ACCEPTED)


def lists(server: Server, depth: str = "full") -> TlsSuites:
    """Give the fact about a simulated server."""
    tries = survey(server, Wish(depth))
    found = {v: known(v, tries, refusals(tries), sni="") for v in NEWEST_FIRST}
    accepted = frozenset(v for v in NEWEST_FIRST if found[v].taken)
    return tls_suites(found, tries, TlsVersions(accepted, frozenset(NEWEST_FIRST) - accepted, frozenset()), depth)


def test_a_bare_handshake_shows_what_is_lacking() -> None:
    found = tls_features([taken()])
    assert (found.renegotiation, found.compression, found.master_secret) == (False, False, False)
    assert (found.identifiers, found.stapled, found.encrypt_then_mac, found.fallback) == (False, False, None, None)
    assert found.signatures == ("rsa_pss_rsae_sha256",)


def test_extensions_and_compression_are_seen() -> None:
    with_all = taken(CBC, Extension.RENEGOTIATION_INFO, Extension.EXTENDED_MASTER_SECRET, Extension.ENCRYPT_THEN_MAC,
                     compression=1, session=bytes(32))  # fmt: skip
    found = tls_features([taken(), with_all])
    assert (found.renegotiation, found.compression, found.master_secret) == (True, True, True)
    assert (found.identifiers, found.encrypt_then_mac) == (True, True)


def test_encrypt_then_mac_is_shown_by_cbc_alone() -> None:
    assert tls_features([taken(CBC)]).encrypt_then_mac is False
    assert tls_features([taken(GCM)]).encrypt_then_mac is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(Answer.SIGNAL_REFUSED, True), (Answer.ACCEPTED, False), (Answer.ALERT, None), (Answer.HUNG_UP, None)],
)
def test_only_its_own_alert_proves_that_a_fallback_is_refused(answer: Answer, expected: bool | None) -> None:
    made = replace(ask("tls1.1"), suites=(GCM, FALLBACK_SCSV))
    tried = Try(Flight(said(made), version="tls1.1" if answer is Answer.ACCEPTED else ""), answer)
    assert tls_features([taken(), tried]).fallback is expected


def test_nothing_is_said_without_a_handshake() -> None:
    found = tls_features([])
    assert {found.renegotiation, found.compression, found.tickets, found.stapled, found.fallback} == {None}


def test_groups_of_an_older_version_are_labelled_inferred() -> None:
    server = Server({"tls1.2": (GCM, CBC), "tls1.0": (CBC,)}, (29, 23, 24))
    older, newer = lists(server).versions
    assert {e.group for e in newer.exchanges} == {"x25519", "secp256r1", "secp384r1"}
    assert (newer.groups_inferred, newer.end_inferred) == ((), False)
    assert {e.group for e in (*older.exchanges, *older.groups_inferred)} == {"x25519", "secp256r1", "secp384r1"}
    assert older.end_inferred
    assert older.groups_inferred


def test_the_end_of_the_groups_of_an_ecdsa_server_is_inferred() -> None:
    (found,) = lists(Server({"tls1.2": (0xC02B, 0xC02C)}, (29, 23, 24), kinds=("ec",))).versions
    assert {e.group for e in found.exchanges} == {"x25519", "secp256r1", "secp384r1"}
    assert (found.groups_possible, found.end_inferred) == ((), True)


def test_a_quick_look_leaves_open_what_it_did_not_ask() -> None:
    (found,) = lists(Server({"tls1.2": (GCM, 0xC030)}), "quick").versions
    assert (found.suites, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" in found.possible) == ((suite_name(GCM),), True)
    assert all(s.startswith(("TLS_ECDHE_", "TLS_DHE_")) and "CBC" not in s for s in found.possible)


def test_a_key_of_unknown_size_is_not_made_good_by_another_connection() -> None:
    odd = taken()
    odd = replace(odd, flight=replace(odd.flight, exchange=KeyExchange("ecdhe", "0xFE00", 0, 0xFE00)))
    for tries, unread in (([taken()], False), ([taken(), odd], True), ([odd, taken()], True)):
        found = {v: known(v, tries, [], sni="") for v in NEWEST_FIRST}
        (one,) = tls_suites(found, tries, TlsVersions(frozenset({"tls1.2"}), frozenset(), frozenset()), "full").versions
        assert one.unread is unread
