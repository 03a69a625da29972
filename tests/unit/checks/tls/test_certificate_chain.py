"""The chain is judged only against chosen roots; without them what is wrong is told, and nothing passes or fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.tls.certificate_chain import certificate_chain
from sekisho.messages.both import both
from sekisho.model.tls_facts import CertificateTrust, ChainProblem
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see

GOOD = CertificateTrust(
    "w.jp", "rsa", "a" * 64, ("CN=w", "CN=m"), ("CN=w", "CN=m", "CN=r"), "documents/r.pem", "trusted"
)
NO_STORE = replace(GOOD, store="", trust="unknown", why="no_store")
REASONS = (
    "self_signed", "issuer_not_sent", "no_root", "wrong_order", "not_a_ca", "bad_signature", "weak_signature",
    "expired", "not_yet_valid", "name_mismatch",
)  # fmt: skip


def faulty(*reasons: str, fact: CertificateTrust = GOOD) -> CertificateTrust:
    problems = tuple(ChainProblem(r, "CN=m", "CN=r") for r in reasons)
    return replace(fact, trust=fact.trust if fact.why else "untrusted", problems=problems)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (GOOD, ("pass", "leads_to_root")),
        (NO_STORE, ("unknown", "no_store")),
        (faulty("expired", fact=NO_STORE), ("unknown", "no_store_faults")),
        (replace(GOOD, trust="unknown", why="not_conforming", refusal="why"), ("unknown", "not_conforming")),
        (replace(GOOD, trust="unknown", why="unreadable"), ("unknown", "unreadable")),
        (faulty("expired", "wrong_order"), ("fail", "several")),
        *((faulty(reason), ("fail", reason)) for reason in REASONS),
        (replace(GOOD, differs=("certificate",)), ("unknown", "answers_differ")),
    ],
)
def test_judges_one_chain(fact: CertificateTrust, expected: tuple[str, str]) -> None:
    assert outcome(certificate_chain, [see(fact)], NoParams()) == expected


def test_one_chain_of_several_is_enough_to_fail() -> None:
    seen = [see(GOOD, id="a"), see(replace(faulty("expired"), key="ec"), id="b")]
    assert outcome(certificate_chain, seen, NoParams()) == ("fail", "expired")


def test_a_fault_names_its_certificate_or_the_order() -> None:
    said = {r: both(f"checks.tls.certificate-chain.{r}", subject="CN=m", detail="CN=r").ja for r in REASONS}
    assert all("CN=m" in text for reason, text in said.items() if reason != "wrong_order")
    assert "CN=r" in said["wrong_order"]
