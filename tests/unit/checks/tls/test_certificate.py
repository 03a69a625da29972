from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checks.tls.certificate import Params, certificate
from sekisho.model.facts import Certificate, CertificateChain
from tests.unit.checks.seen import NOON, outcome, see

BOTH = ("vpn.example.jp", "ehr.example.jp")
POLICY = Params(rsa_bits=2048, ec_bits=256, weak_hashes=("md5", "sha1"))
GOOD = Certificate(
    sha256="a" * 64,
    subject="CN=vpn.example.jp",
    issuer="CN=Hospital CA",
    common_name="vpn.example.jp",
    names=("vpn.example.jp",),
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2027, 1, 1, tzinfo=UTC),
    key="rsa",
    key_bits=2048,
    signature_hash="sha256",
    self_signed=False,
)


def chain(leaf: Certificate = GOOD, sni: str = "vpn.example.jp", **changes: object) -> CertificateChain:
    return CertificateChain(sni=sni, chain=(replace(leaf, **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (chain(not_after=NOON - timedelta(days=30)), ("fail", "expired")),
        (chain(not_before=NOON + timedelta(days=1)), ("fail", "not_yet_valid")),
        (chain(key_bits=1024), ("fail", "weak_key")),
        (chain(key="ec", key_bits=224), ("fail", "weak_key")),
        (chain(signature_hash="sha1"), ("fail", "weak_signature")),
        (chain(sni="ehr.example.jp"), ("fail", "wrong_name")),
        (chain(names=(), common_name="other.example.jp"), ("fail", "wrong_name")),
        (chain(names=("other.example.jp",)), ("fail", "wrong_name")),
        (chain(names=(), common_name=""), ("fail", "wrong_name")),
        (chain(names=("*.example.jp",), sni="a.b.example.jp"), ("fail", "wrong_name")),
        (chain(self_signed=True, key_bits=1024, sni=""), ("fail", "weak_key")),
        (chain(), ("pass", "fit")),
        (chain(key="ec", key_bits=256), ("pass", "fit")),
        (chain(key="ed25519", key_bits=256, signature_hash=""), ("pass", "fit")),
        (chain(names=("*.example.jp",)), ("pass", "fit")),
        (chain(names=(), common_name="VPN.example.jp"), ("pass", "fit")),
        (chain(sni="VPN.example.jp."), ("pass", "fit")),
        (chain(self_signed=True), ("unknown", "self_signed")),
        (chain(sni=""), ("unknown", "name_not_tested")),
        (chain(key="dsa", key_bits=2048), ("unknown", "key_not_judged")),
        (CertificateChain(sni="vpn.example.jp", chain=()), ("unknown", "not_read")),
        (
            CertificateChain("vpn.example.jp", (GOOD,), BOTH, asked=BOTH[:1]),
            ("unknown", "name_not_asked"),
        ),
        (
            CertificateChain("vpn.example.jp", (GOOD,), BOTH, asked=BOTH),
            ("unknown", "name_without_certificate"),
        ),
        (CertificateChain("vpn.example.jp", (GOOD,), ("vpn.example.jp",)), ("pass", "fit")),
    ],
)
def test_judges_the_leaf(fact: CertificateChain, expected: tuple[str, str]) -> None:
    assert outcome(certificate, [see(fact)], POLICY) == expected


def test_names_all_faults_when_there_are_several() -> None:
    fact = chain(not_after=NOON - timedelta(days=1), key_bits=1024, signature_hash="sha1", sni="")
    verdict = certificate.judge([see(fact)], POLICY)
    assert verdict is not None
    assert (verdict.reason, dict(verdict.values)) == (
        "several",
        {"faults": "expired\tdate=2026-11-20\nweak_key\tkey=RSA\tbits=1024\tfloor=2048\nweak_signature\thash=SHA1"},
    )


def test_validity_is_judged_at_the_time_of_the_handshake() -> None:
    fact = chain(not_after=NOON)
    assert outcome(certificate, [see(fact)], POLICY) == ("pass", "fit")


def test_one_name_that_is_not_covered_is_enough() -> None:
    seen = [see(chain(), id="a"), see(chain(sni="ehr.example.jp"), id="b", evidence="f" * 64)]
    verdict = certificate.judge(seen, POLICY)
    assert verdict is not None
    assert (verdict.reason, verdict.evidence) == ("wrong_name", ("f" * 64,))


def test_handshake_without_a_name_does_not_spoil_one_with_it() -> None:
    seen = [see(chain(sni=""), id="a"), see(chain(), id="b")]
    assert outcome(certificate, seen, POLICY) == ("pass", "fit")


def test_the_names_that_were_left_over_are_named() -> None:
    fact = CertificateChain("vpn.example.jp", (GOOD,), (*BOTH, "192.0.2.1"), asked=BOTH[:1])
    verdict = certificate.judge([see(fact)], POLICY)
    assert verdict is not None
    assert (verdict.reason, dict(verdict.values)) == ("name_not_asked", {"names": "192.0.2.1, ehr.example.jp"})


def test_each_name_is_judged_by_its_own_certificate() -> None:
    other = replace(GOOD, names=("ehr.example.jp",), not_after=NOON - timedelta(days=1))
    seen = [
        see(CertificateChain("vpn.example.jp", (GOOD,), BOTH, BOTH), id="a"),
        see(CertificateChain("ehr.example.jp", (other,), BOTH, BOTH), id="b"),
    ]
    assert outcome(certificate, seen, POLICY) == ("fail", "expired")
