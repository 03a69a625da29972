from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.tls.min_version import Params, min_version
from sekisho.errors import ProfileError
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST, TlsVersions
from sekisho.model.verdicts import Severity
from tests.unit.checks.seen import outcome, see

HIGH = Params(floor="tls1.2", required="tls1.3")
HTTPS, ODD = "service:192.0.2.1/tcp/443", "service:192.0.2.1/tcp/5000"
ALL = frozenset(TLS_VERSIONS_OLDEST_FIRST)


def versions(accepted: str, untried: str = "") -> TlsVersions:
    yes, open_ = frozenset(accepted.split()), frozenset(untried.split())
    return TlsVersions(accepted=yes, refused=ALL - yes - open_, untried=open_)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (versions("tls1.0 tls1.2 tls1.3"), ("fail", "accepts_old")),
        (versions("tls1.2"), ("fail", "lacks_required")),
        (versions("tls1.1 tls1.2"), ("fail", "accepts_old_lacks_required")),
        (versions("tls1.0", untried="ssl2 tls1.3"), ("fail", "accepts_old")),
        (versions("tls1.2 tls1.3"), ("pass", "only_allowed")),
        (versions("tls1.3"), ("pass", "only_allowed")),
        (versions("tls1.3", untried="ssl2"), ("unknown", "not_settled")),
        (versions("tls1.2", untried="tls1.3"), ("unknown", "not_settled")),
        (versions("tls1.3", untried="tls1.2"), ("pass", "only_allowed")),
        (versions("", untried=" ".join(ALL)), ("unknown", "no_handshake")),
        (versions(""), ("unknown", "no_handshake")),
    ],
)
def test_judges_versions(fact: TlsVersions, expected: tuple[str, str]) -> None:
    assert outcome(min_version, [see(fact, subject=HTTPS)], HIGH) == expected


def test_port_that_has_nothing_to_do_with_tls_gets_no_finding() -> None:
    assert min_version.judge([see(versions("", untried=" ".join(ALL)), subject=ODD)], HIGH) is None


def test_refusing_every_version_is_no_pass_on_any_port() -> None:
    assert outcome(min_version, [see(versions(""), subject=ODD)], HIGH) == ("unknown", "no_handshake")


def test_one_vantage_that_gets_an_old_version_is_enough() -> None:
    seen = [see(versions("tls1.3"), id="a"), see(versions("tls1.0 tls1.3"), id="b")]
    assert outcome(min_version, seen, HIGH) == ("fail", "accepts_old")


def test_ssl_3_is_more_urgent() -> None:
    verdict = min_version.judge([see(versions("ssl3 tls1.3"))], HIGH)
    assert verdict is not None
    assert verdict.severity is Severity.HIGH


def test_policy_may_require_nothing() -> None:
    params = Params(floor="tls1.2", required="")
    assert outcome(min_version, [see(versions("tls1.2"))], params) == ("pass", "only_allowed")


@pytest.mark.parametrize(("floor", "required"), [("tls1.4", ""), ("tls1.2", "TLS1.3"), ("", "")])
def test_refuses_names_that_are_no_version(floor: str, required: str) -> None:
    with pytest.raises(ProfileError, match="expected one of"):
        Params(floor=floor, required=required)


@given(st.lists(st.lists(st.sampled_from(["accepted", "refused", "untried"]), min_size=6, max_size=6), min_size=1))
def test_never_passes_unless_old_was_refused_and_required_accepted(rows: list[list[str]]) -> None:
    facts = []
    for row in rows:
        parts: dict[str, set[str]] = {"accepted": set(), "refused": set(), "untried": set()}
        for name, kind in zip(TLS_VERSIONS_OLDEST_FIRST, row, strict=True):
            parts[kind].add(name)
        accepted, refused, untried = (frozenset(parts[k]) for k in ("accepted", "refused", "untried"))
        facts.append(TlsVersions(accepted, refused, untried))
    verdict = min_version.judge([see(f, id=f"o{i}", subject=HTTPS) for i, f in enumerate(facts)], HIGH)
    assert verdict is not None
    if verdict.judgement.value == "pass":
        speaking = [f for f in facts if f.accepted]
        assert speaking
        assert all(f.refused >= {"ssl2", "ssl3", "tls1.0", "tls1.1"} for f in speaking)
        assert all("tls1.3" in f.accepted for f in speaking)


@pytest.mark.parametrize(
    ("untried", "lost", "expected"),
    [
        ("tls1.0 tls1.1", (("tls1.0", "timeout"), ("tls1.1", "refused")), "tls1.0: timeout, tls1.1: refused"),
        ("tls1.0 ssl2", (("tls1.0", "timeout"),), "tls1.0: timeout"),
        ("tls1.0 tls1.2", (("tls1.0", "timeout"), ("tls1.2", "timeout")), "tls1.0: timeout"),
    ],
)
def test_names_exactly_what_was_not_offered_and_why(
    untried: str, lost: tuple[tuple[str, str], ...], expected: str
) -> None:
    fact = replace(versions("tls1.3", untried=untried), not_offered=lost)
    assert outcome(min_version, [see(fact, subject=HTTPS)], HIGH) == ("unknown", "offers_lost")
    verdict = min_version.judge([see(fact, subject=HTTPS)], HIGH)
    assert verdict is not None
    assert dict(verdict.values) == {"lost": expected}


def test_what_one_vantage_was_refused_is_not_refused_to_another() -> None:
    """A device may take old versions from one side alone, so that no vantage answers for another."""
    cut = replace(versions("tls1.3", untried="tls1.0"), not_offered=(("tls1.0", "timeout"),))
    seen = [see(cut, subject=HTTPS, id="a"), see(versions("tls1.3"), subject=HTTPS, id="b")]
    assert outcome(min_version, seen, HIGH) == ("unknown", "offers_lost")
    open_ = [see(versions("tls1.3", untried="tls1.0"), id="a"), see(versions("tls1.3"), id="b")]
    assert outcome(min_version, open_, HIGH) == ("unknown", "not_settled")


def test_a_required_version_has_to_be_taken_from_every_vantage() -> None:
    seen = [see(versions("tls1.2", untried="tls1.3"), id="a"), see(versions("tls1.3"), id="b")]
    assert outcome(min_version, seen, HIGH) == ("unknown", "not_settled")
    seen = [see(versions("tls1.2"), id="a"), see(versions("tls1.3"), id="b")]
    assert outcome(min_version, seen, HIGH) == ("fail", "lacks_required")


def test_an_offer_lost_that_nobody_asks_about_hinders_no_verdict() -> None:
    fact = replace(versions("tls1.3", untried="tls1.2"), not_offered=(("tls1.2", "timeout"),))
    assert outcome(min_version, [see(fact, subject=HTTPS)], HIGH) == ("pass", "only_allowed")
