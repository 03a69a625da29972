from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.tls.key_exchange import Params, key_exchange
from sekisho.model.tls_facts import TlsExchange, TlsSuites
from tests.unit.checks.seen import outcome, see
from tests.unit.checks.tls.choices import (
    CBC,
    DHE1024,
    DHE2048,
    DHE_GCM,
    GCM,
    P192,
    P256,
    RSA,
    TLS10,
    TLS12,
    TLS13,
    service,
    taking,
)  # fmt: skip

POLICY = Params(dhe_bits=2048, curve_bits=256, forward_secrecy=True)
ANON, EXPORT = "TLS_DH_anon_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"
RC4 = replace(TLS10, version="ssl3", suites=("TLS_RSA_WITH_RC4_128_SHA",), exchanges=())
DHE512 = TlsExchange("dhe", "dh512", 512)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (service(TLS13, taking(RSA)), ("fail", "weak")),
        (service(taking(ANON, keys=(DHE2048,))), ("fail", "weak")),
        (service(replace(taking(EXPORT, keys=(DHE512,)), possible=(DHE_GCM,))), ("fail", "weak")),
        (service(taking(DHE_GCM, keys=(DHE1024,))), ("fail", "weak")),
        (service(taking(keys=(P192,))), ("fail", "weak")),
        (service(RC4), ("fail", "weak")),
        (service(TLS13), ("pass", "strong")),
        (service(TLS13, taking(CBC)), ("pass", "strong")),
        (service(taking(DHE_GCM, keys=(DHE2048,))), ("pass", "strong")),
        (service(replace(taking(DHE_GCM, keys=(DHE2048,)), possible=(DHE_GCM, GCM))), ("pass", "strong")),
        (service(TLS10, TLS12), ("pass", "strong")),
        (service(replace(TLS12, groups_possible=(P256,))), ("pass", "strong")),
        (service(replace(TLS12, suites=(), exchanges=(), groups_possible=(P192,))), ("pass", "strong")),
        (service(replace(TLS12, possible=(RSA,))), ("unknown", "not_all_tried")),
        (service(replace(TLS12, possible=(DHE_GCM,))), ("unknown", "not_all_tried")),
        (service(replace(TLS12, groups_possible=(P192,))), ("unknown", "not_all_tried")),
        (service(replace(TLS12, possible=(GCM,))), ("pass", "strong")),
        (service(replace(taking(DHE_GCM), unread=True)), ("unknown", "not_all_tried")),
        (service(TLS13, untried=("tls1.2",)), ("unknown", "versions_open")),
        (TlsSuites(()), None),
    ],
)
def test_judges_exchange_and_size(fact: TlsSuites, expected: tuple[str, str] | None) -> None:
    assert outcome(key_exchange, [see(fact)], POLICY) == expected


def test_a_policy_may_allow_the_certificates_rsa_key_and_nothing_without_authentication() -> None:
    lenient = replace(POLICY, forward_secrecy=False)
    for suite, keys, verdict in ((RSA, (), "pass"), (ANON, (DHE2048,), "fail"), (EXPORT, (DHE512,), "fail")):
        fact = service(taking(GCM, suite, keys=(P256, *keys)))
        judged = key_exchange.judge([see(fact)], lenient)
        assert judged is not None
        assert judged.judgement.value == verdict


POSSIBLE = st.sets(st.sampled_from([RSA, DHE_GCM, GCM, CBC]))


@given(POSSIBLE, st.sets(st.sampled_from([P192, P256])), st.booleans())
def test_passes_only_when_every_weak_kind_was_refused(
    suites: set[str], groups: set[TlsExchange], has_dhe: bool
) -> None:
    seen = taking(DHE_GCM, keys=(DHE2048,)) if has_dhe else TLS12
    one = replace(seen, possible=tuple(sorted(suites)), groups_possible=tuple(groups))
    passes = outcome(key_exchange, [see(service(one))], POLICY) == ("pass", "strong")
    assert passes == (RSA not in suites and P192 not in groups and (has_dhe or DHE_GCM not in suites))


def test_an_offer_that_was_lost_is_named_where_it_leaves_the_answer_open() -> None:
    lost = (("tls1.2", "timeout"),)
    unread = service(replace(TLS12, possible=(DHE_GCM,)))
    verdict = key_exchange.judge([see(replace(unread, not_offered=lost))], POLICY)
    assert verdict is not None
    assert (verdict.reason, dict(verdict.values)) == ("offers_lost", {"lost": "tls1.2: timeout"})
    settled = outcome(key_exchange, [see(replace(service(TLS12), not_offered=lost))], POLICY)
    assert settled == outcome(key_exchange, [see(service(TLS12))], POLICY)
