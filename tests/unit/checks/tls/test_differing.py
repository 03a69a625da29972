"""No TLS check passes a service whose connections contradicted each other; a fault that was seen stays one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checks.tls.certificate import Params as Certificates
from checks.tls.certificate import certificate
from checks.tls.cipher_suites import Params as Suites
from checks.tls.cipher_suites import cipher_suites
from checks.tls.client_certificate import client_certificate
from checks.tls.key_exchange import Params as Exchanges
from checks.tls.key_exchange import key_exchange
from checks.tls.min_version import Params as Versions
from checks.tls.min_version import min_version
from scanners.tls.differing import DIFFERENCES
from sekisho.messages.both import both
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST, Certificate, CertificateChain, TlsClientAuth, TlsVersions
from sekisho.registry import Check, NoParams
from tests.unit.checks.seen import NOON, outcome, see
from tests.unit.checks.tls.choices import AES13, CBC, GCM, P256, TLS12, TLS13, service, taking

YEAR = timedelta(days=365)
ALL = frozenset(TLS_VERSIONS_OLDEST_FIRST)
LEAF = Certificate("a" * 64, "CN=w", "CN=ca", "w", ("w.jp",), NOON - YEAR, NOON + YEAR, "rsa", 2048, "sha256", False)
STRICT = Suites(tls12=(GCM,), tls13=(AES13,))
VERSIONS, EXCHANGES = Versions("tls1.2", "tls1.3"), Exchanges(2048, 256, forward_secrecy=True)
KEYS = Certificates(2048, 256, ("sha1",))
SOUND: list[tuple[Check[Any], Any, Any]] = [
    (min_version, TlsVersions(frozenset({"tls1.3"}), ALL - {"tls1.3"}, frozenset()), VERSIONS),
    (cipher_suites, service(TLS12, TLS13), STRICT),
    (key_exchange, service(TLS12, TLS13), EXCHANGES),
    (certificate, CertificateChain("w.jp", (LEAF,), ("w.jp",), ("w.jp",)), KEYS),
    (client_certificate, TlsClientAuth(requested=True, refused_without=True, open_network=True), NoParams()),
]
FAULTY: list[tuple[Check[Any], Any, Any]] = [
    (min_version, TlsVersions(frozenset({"tls1.0"}), frozenset(), ALL - {"tls1.0"}), VERSIONS),
    (cipher_suites, service(taking(CBC)), STRICT),
    (key_exchange, service(replace(TLS12, exchanges=(replace(P256, bits=160),))), EXCHANGES),
    (certificate, CertificateChain("x.jp", (LEAF,)), KEYS),
    (client_certificate, TlsClientAuth(requested=False, open_network=True), NoParams()),
]


@pytest.mark.parametrize(("check", "fact", "params"), SOUND, ids=lambda v: getattr(v, "id", ""))
def test_what_would_pass_is_unknown(check: Check[Any], fact: Any, params: Any) -> None:
    alone = outcome(check, [see(fact)], params)
    assert alone is not None
    assert alone[0] == "pass"
    differing = replace(fact, differs=("version", "certificate"))
    assert outcome(check, [see(differing)], params) == ("unknown", "answers_differ")
    assert outcome(check, [see(differing, id="a"), see(fact, id="b")], params) == ("unknown", "answers_differ")


@pytest.mark.parametrize(("check", "fact", "params"), FAULTY, ids=lambda v: getattr(v, "id", ""))
def test_a_fault_stays_one(check: Check[Any], fact: Any, params: Any) -> None:
    alone = outcome(check, [see(fact)], params)
    assert alone is not None
    assert alone[0] == "fail"
    assert outcome(check, [see(replace(fact, differs=("refusal",)))], params) == alone


def test_every_difference_has_its_words() -> None:
    assert all(both(f"report.tls_differing.{name}") for name in DIFFERENCES)
