from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.tls.key_exchange import Params, key_exchange
from sekisho.model.tls_classes import TLS_CLASSES, TlsChoice, TlsClasses
from tests.unit.checks.seen import outcome, see
from tests.unit.checks.tls.choices import CBC, DHE_GCM, GCM, RSA, TLS10, TLS12, TLS13, classes, taken

POLICY = Params(dhe_bits=2048, curve_bits=256, forward_secrecy=True)
ANON, EXPORT = "TLS_DH_anon_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"
RC4 = replace(TLS10, version="ssl3", suite="TLS_RSA_WITH_RC4_128_SHA", exchange="", group="", bits=0)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (classes(TLS13, TLS12, taken("no_forward_secrecy", RSA, "", 0)), ("fail", "weak")),
        (classes(TLS12, taken("no_forward_secrecy", ANON, "dhe", 2048)), ("fail", "weak")),
        (classes(TLS12, taken("no_common_aead", EXPORT, "dhe", 512), untried="dhe"), ("fail", "weak")),
        (classes(TLS12, taken("dhe", DHE_GCM, "dhe", 1024)), ("fail", "weak")),
        (classes(TLS12, taken("small_curve", GCM, "ecdhe", 192)), ("fail", "weak")),
        (classes(RC4), ("fail", "weak")),
        (classes(TLS13), ("pass", "strong")),
        (classes(TLS13, TLS12, taken("no_common_aead", CBC)), ("pass", "strong")),
        (classes(TLS12, taken("dhe", DHE_GCM, "dhe", 2048)), ("pass", "strong")),
        (classes(TLS12, untried="no_forward_secrecy"), ("unknown", "not_all_tried")),
        (classes(TLS12, untried="dhe"), ("unknown", "not_all_tried")),
        (classes(TLS12, untried="small_curve"), ("unknown", "not_all_tried")),
        (classes(TLS12, untried="no_common_aead"), ("pass", "strong")),
        (classes(TLS12, taken("dhe", DHE_GCM, "", 0)), ("unknown", "not_all_tried")),
        (classes(TLS12, taken("small_curve", GCM, "ecdhe", 256)), ("unknown", "not_all_tried")),
        (classes(replace(TLS12, bits=0)), ("unknown", "not_all_tried")),
        (classes(TLS10, TLS12), ("unknown", "versions_open")),
        (classes(TLS13, versions=("tls1.2",)), ("unknown", "versions_open")),
        (TlsClasses(()), None),
    ],
)
def test_judges_exchange_and_size(fact: TlsClasses, expected: tuple[str, str] | None) -> None:
    assert outcome(key_exchange, [see(fact)], POLICY) == expected


def test_a_policy_may_allow_the_certificates_rsa_key_and_nothing_without_authentication() -> None:
    lenient = replace(POLICY, forward_secrecy=False)
    for suite, bits, verdict in ((RSA, 0, "unknown"), (ANON, 2048, "fail"), (EXPORT, 512, "fail")):
        fact = classes(TLS12, taken("no_forward_secrecy", suite, "dhe" if bits else "", bits))
        judged = key_exchange.judge([see(fact)], lenient)
        assert judged is not None
        assert judged.judgement.value == verdict


ANSWERS = st.sampled_from(["accepted", "refused", "untried"])


@given(st.lists(ANSWERS, min_size=4, max_size=4), st.sampled_from([0, 2048]))
def test_passes_only_when_every_weak_kind_was_refused(answers: list[str], bits: int) -> None:
    tried = tuple(
        TlsChoice("tls1.2", name, answer, GCM if answer == "accepted" else "", "dhe", "g", bits)
        for name, answer in zip(TLS_CLASSES, answers, strict=True)
    )
    verdict = key_exchange.judge([see(TlsClasses((TLS12,), tried))], POLICY)
    assert verdict is not None
    if verdict.judgement.value == "pass":
        by = dict(zip(TLS_CLASSES, answers, strict=True))
        assert (by["no_forward_secrecy"], by["small_curve"]) == ("refused", "refused")
        assert by["dhe"] != "untried"


def test_an_offer_that_was_lost_is_named_where_it_leaves_the_answer_open() -> None:
    lost = (("dhe", "timeout"),)
    assert outcome(key_exchange, [see(replace(classes(TLS12, untried="dhe"), not_offered=lost))], POLICY) == (
        "unknown",
        "offers_lost",
    )
    verdict = key_exchange.judge([see(replace(classes(TLS12, untried="dhe"), not_offered=lost))], POLICY)
    assert verdict is not None
    assert dict(verdict.values) == {"lost": "dhe: timeout"}
    assert outcome(key_exchange, [see(replace(classes(TLS12), not_offered=lost))], POLICY) == outcome(
        key_exchange, [see(classes(TLS12))], POLICY
    )
