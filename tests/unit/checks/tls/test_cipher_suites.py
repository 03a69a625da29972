from dataclasses import replace

import pytest

from checks.tls.cipher_suites import Params, cipher_suites
from sekisho.model.tls_facts import TlsSuites
from sekisho.profile_files import read_profile
from tests.unit.checks.seen import outcome, see
from tests.unit.checks.tls.choices import CBC, CCM13, DHE_GCM, GCM, RSA, TLS10, TLS12, TLS13, service, taking

POLICY = Params(tls12=(GCM, DHE_GCM), tls13=("TLS_AES_128_GCM_SHA256",))
OPEN = replace(TLS12, possible=(GCM, CBC))


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (service(TLS13, taking(RSA)), ("fail", "outside_policy")),
        (service(replace(taking(CBC), possible=(CBC,))), ("fail", "outside_policy")),
        (service(replace(TLS12, suites=(CBC,))), ("fail", "outside_policy")),
        (service(TLS10, TLS12), ("fail", "outside_policy")),
        (service(replace(TLS13, suites=(CCM13,))), ("fail", "outside_policy")),
        (service(TLS13), ("pass", "only_allowed")),
        (service(replace(TLS13, possible=(CCM13,))), ("pass", "only_allowed")),
        (service(TLS12), ("pass", "only_allowed")),
        (service(TLS13, taking(DHE_GCM)), ("pass", "only_allowed")),
        (service(replace(TLS12, possible=(GCM, DHE_GCM))), ("pass", "only_allowed")),
        (service(TLS13, OPEN), ("unknown", "not_all_tried")),
        (service(TLS13, untried=("tls1.2",)), ("unknown", "versions_open")),
        (service(TLS12, untried=("ssl2",)), ("unknown", "versions_open")),
        (service(replace(TLS10, suites=(GCM,), possible=(CBC,)), TLS12), ("unknown", "not_all_tried")),
        (service(replace(TLS10, suites=(GCM,)), TLS12), ("pass", "only_allowed")),
        (TlsSuites(()), None),
    ],
)
def test_judges_what_was_taken_and_what_was_refused(fact: TlsSuites, expected: tuple[str, str] | None) -> None:
    assert outcome(cipher_suites, [see(fact)], POLICY) == expected


def test_one_look_that_was_cut_short_keeps_a_service_from_passing() -> None:
    seen = [see(service(TLS12), id="a"), see(service(OPEN), id="b")]
    assert outcome(cipher_suites, seen, POLICY) == ("unknown", "not_all_tried")


def test_names_every_bad_suite() -> None:
    verdict = cipher_suites.judge([see(service(TLS10, taking(CBC)))], POLICY)
    assert verdict is not None
    assert dict(verdict.values)["suites"] == f"tls1.0 {CBC}, tls1.2 {CBC}"


def test_parameters_equal_the_entries_of_the_policy() -> None:
    document = read_profile("tls", "cryptrec-3.0.1-high.toml")
    entries = {e["item"]: e["value"] for e in document["entry"]}
    given = document["check"]["tls.cipher-suites"]
    assert given == {"tls12": entries["suite.tls1.2"], "tls13": entries["suite.tls1.3"]}


def test_an_offer_that_was_lost_is_named_where_it_leaves_the_answer_open() -> None:
    lost = (("tls1.2", "timeout"),)
    verdict = cipher_suites.judge([see(replace(service(OPEN), not_offered=lost))], POLICY)
    assert verdict is not None
    assert (verdict.reason, dict(verdict.values)) == ("offers_lost", {"lost": "tls1.2: timeout"})
    settled = outcome(cipher_suites, [see(replace(service(TLS12), not_offered=lost))], POLICY)
    assert settled == outcome(cipher_suites, [see(service(TLS12))], POLICY)
