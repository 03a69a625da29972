from dataclasses import replace

import pytest

from checks.tls.cipher_suites import Params, cipher_suites
from sekisho.model.tls_classes import TlsClasses
from sekisho.profile_files import read_profile
from tests.unit.checks.seen import outcome, see
from tests.unit.checks.tls.choices import CBC, CCM13, DHE_GCM, GCM, RSA, TLS10, TLS12, TLS13, classes, taken

POLICY = Params(tls12=(GCM, DHE_GCM), tls13=("TLS_AES_128_GCM_SHA256",))
ODD = replace(TLS13, suite=CCM13)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (classes(TLS13, TLS12, taken("no_forward_secrecy", RSA, "", 0)), ("fail", "outside_policy")),
        (classes(TLS12, taken("no_common_aead", CBC), untried="dhe", possible=(CBC,)), ("fail", "outside_policy")),
        (classes(replace(TLS12, suite=CBC)), ("fail", "outside_policy")),
        (classes(TLS10, TLS12), ("fail", "outside_policy")),
        (classes(ODD), ("fail", "outside_policy")),
        (classes(TLS13), ("pass", "only_allowed")),
        (classes(TLS12), ("pass", "only_allowed")),
        (classes(TLS13, TLS12, taken("dhe", DHE_GCM, "dhe", 2048)), ("pass", "only_allowed")),
        (classes(TLS13, TLS12, possible=(GCM, CBC)), ("unknown", "not_all_tried")),
        (classes(TLS13, versions=("tls1.2",)), ("unknown", "versions_open")),
        (classes(TLS12, versions=("ssl2",)), ("unknown", "versions_open")),
        (classes(replace(TLS10, suite=GCM), TLS12), ("unknown", "versions_open")),
        (TlsClasses(()), None),
    ],
)
def test_judges_what_was_taken_and_what_was_refused(fact: TlsClasses, expected: tuple[str, str] | None) -> None:
    assert outcome(cipher_suites, [see(fact)], POLICY) == expected


def test_one_look_that_was_cut_short_keeps_a_service_from_passing() -> None:
    seen = [see(classes(TLS12), id="a"), see(classes(TLS12, possible=(GCM, CBC)), id="b")]
    assert outcome(cipher_suites, seen, POLICY) == ("unknown", "not_all_tried")


def test_names_every_bad_suite_once() -> None:
    bad = taken("no_common_aead", CBC)
    verdict = cipher_suites.judge([see(classes(TLS10, TLS12, bad))], POLICY)
    assert verdict is not None
    assert dict(verdict.values)["suites"] == f"tls1.0 {CBC}, tls1.2 {CBC}"


def test_parameters_equal_the_entries_of_the_policy() -> None:
    document = read_profile("tls", "cryptrec-3.0.1-high.toml")
    entries = {e["item"]: e["value"] for e in document["entry"]}
    given = document["check"]["tls.cipher-suites"]
    assert given == {"tls12": entries["suite.tls1.2"], "tls13": entries["suite.tls1.3"]}


def test_an_offer_that_was_lost_is_named_where_it_leaves_the_answer_open() -> None:
    lost = (("dhe", "timeout"),)
    assert outcome(cipher_suites, [see(replace(classes(TLS12, possible=(GCM, CBC)), not_offered=lost))], POLICY) == (
        "unknown",
        "offers_lost",
    )
    verdict = cipher_suites.judge([see(replace(classes(TLS12, possible=(GCM, CBC)), not_offered=lost))], POLICY)
    assert verdict is not None
    assert dict(verdict.values) == {"lost": "dhe: timeout"}
    assert outcome(cipher_suites, [see(replace(classes(TLS12), not_offered=lost))], POLICY) == outcome(
        cipher_suites, [see(classes(TLS12))], POLICY
    )
