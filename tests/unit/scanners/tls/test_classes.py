"""Hellos that hold one class alone."""

from __future__ import annotations

import pytest

from scanners.tls.classes import SMALL_GROUPS, class_of, class_suites, possible_after
from scanners.tls.groups import OLD_OFFER, group_bits
from scanners.tls.hello import Offer, build_hello, read_sent_hello
from scanners.tls.suites import MOST_OFFERED, RENEGOTIATION_SCSV, offered_suites, suite_name
from sekisho.model.tls_classes import DHE, NO_COMMON_AEAD, NO_FORWARD_SECRECY, SMALL_CURVE, TLS_CLASSES
from sekisho.profile_files import read_profile


def names(limited_to: str) -> set[str]:
    return {suite_name(code) for code in class_suites(limited_to) if code != RENEGOTIATION_SCSV}


def offer(limited_to: str, sni: str = "") -> Offer:
    groups = SMALL_GROUPS if limited_to == SMALL_CURVE else ()
    return Offer("tls1.2", class_suites(limited_to), bytes(32), sni=sni, groups=groups)


@pytest.mark.parametrize("limited_to", TLS_CLASSES)
@pytest.mark.parametrize("sni", ["", "a.jp", "a" * 63 + ".example.jp"])
def test_a_class_is_read_back_from_its_hello(limited_to: str, sni: str) -> None:
    message = build_hello(offer(limited_to, sni))
    sent = read_sent_hello(message[4:])
    assert class_of(sent.suites, sent.groups) == limited_to
    assert not 256 <= len(message) < 512
    assert len(sent.suites) == len(set(sent.suites)) <= MOST_OFFERED


def test_the_full_hello_is_of_no_class() -> None:
    assert class_of(offered_suites("tls1.2"), OLD_OFFER) == ""
    assert class_of((RENEGOTIATION_SCSV,), ()) == ""
    assert class_of((), SMALL_GROUPS) == ""


@pytest.mark.parametrize(
    ("limited_to", "inside", "outside"),
    [
        (NO_FORWARD_SECRECY, "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
        (NO_FORWARD_SECRECY, "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_ARIA_128_GCM_SHA256"),
        (NO_FORWARD_SECRECY, "TLS_DH_RSA_WITH_AES_128_CBC_SHA", "TLS_PSK_WITH_AES_128_GCM_SHA256"),
        (NO_FORWARD_SECRECY, "TLS_DH_anon_WITH_AES_128_GCM_SHA256", "TLS_KRB5_WITH_RC4_128_SHA"),
        (NO_FORWARD_SECRECY, "TLS_RSA_WITH_NULL_SHA256", "TLS_ECDHE_RSA_WITH_NULL_SHA"),
        (NO_FORWARD_SECRECY, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"),
        (NO_COMMON_AEAD, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        (NO_COMMON_AEAD, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"),
        (NO_COMMON_AEAD, "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"),
        (NO_COMMON_AEAD, "TLS_ECDHE_RSA_WITH_NULL_SHA", "TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256"),
        (DHE, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_DH_anon_WITH_AES_128_GCM_SHA256"),
        (SMALL_CURVE, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"),
    ],
)
def test_what_a_class_holds(limited_to: str, inside: str, outside: str) -> None:
    assert inside in names(limited_to)
    assert outside not in names(limited_to)


def test_small_groups_are_all_curves_below_256_bits() -> None:
    assert {g for g in OLD_OFFER if group_bits(g) < 256} == set(SMALL_GROUPS)


def test_refusing_both_weak_classes_leaves_the_suites_of_the_shipped_policy() -> None:
    """The classes are cut so that the default policy can be proved to be kept; this ties the two together."""
    refused = (*class_suites(NO_FORWARD_SECRECY), *class_suites(NO_COMMON_AEAD))
    allowed = read_profile("tls", "cryptrec-3.0.1-high.toml")["check"]["tls.cipher-suites"]["tls12"]
    assert set(possible_after(refused)) == set(allowed)


def test_without_a_refusal_everything_stays_possible() -> None:
    full = {suite_name(code) for code in offered_suites("tls1.2") if code != RENEGOTIATION_SCSV}
    assert full | names(NO_FORWARD_SECRECY) | names(NO_COMMON_AEAD) == set(possible_after(()))
