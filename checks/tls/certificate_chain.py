"""Does the chain of certificates that a service sends lead to a root that the hospital chose.

Pass: every chain seen leads to a chosen root without a fault, and the library that verifies certificates agrees.
Fail: a root store is named, and a chain does not lead to one of its roots, or something on the way is wrong: a
certificate is missing or in the wrong place, expired, signed with a broken hash or by one that may sign none, or the
name does not fit.
Unknown: no root store is named (what is wrong all the same is told), a certificate can't be read, or only the library
refuses the chain.
In place of a pass: unknown, where connections of one survey contradicted each other (servers behind one address).
Source: docs/topics.md, tls.certificate; RFC 5280 section 6.1 (path validation), RFC 5246 section 7.4.2 (order).
Limits: revocation is not looked up and no missing certificate fetched; the store is `[assess] root_store`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from checks.folding import judge_each
from checks.tls.differing import unless_differing
from checks.tls.faults import Fault, failed, listed
from sekisho.model.observations import Observation
from sekisho.model.tls_facts import CertificateTrust
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check

_FAILS: Final[Mapping[str, str]] = {
    "self_signed": "self_signed", "issuer_not_sent": "issuer_not_sent", "no_root": "no_root",
    "wrong_order": "wrong_order", "not_a_ca": "not_a_ca", "bad_signature": "bad_signature",
    "weak_signature": "weak_signature", "expired": "expired", "not_yet_valid": "not_yet_valid",
    "name_mismatch": "name_mismatch",
}  # fmt: skip
"""What may be wrong (ChainProblem) → its sentence."""


@check(
    id="tls.certificate-chain",
    version=2,
    topic="tls.certificate",
    observes=CertificateTrust,
    severity=Severity.MEDIUM,
    act=Actor.VENDOR,
    params=NoParams,
)
def certificate_chain(seen: Sequence[Observation[CertificateTrust]], _: NoParams) -> Verdict | None:
    """Judge every chain: each name and each kind of key has its own; one that is at fault is enough."""
    return judge_each(seen, lambda one: unless_differing(_judge(one), one.value.differs))


def _judge(seen: Observation[CertificateTrust]) -> Verdict:
    """Judge one chain."""
    fact = seen.value
    faults = [Fault(_FAILS[p.reason], (("subject", p.subject), ("detail", p.detail))) for p in fact.problems]
    if fact.trust == "trusted":
        values = (("root", fact.path[-1]), ("store", fact.store))
        return Verdict(Judgement.PASS, "leads_to_root", seen.evidence, values)
    if fact.trust == "untrusted" and faults:
        return failed(faults, seen.evidence)
    if fact.why == "no_store" and faults:
        return Verdict(Judgement.UNKNOWN, "no_store_faults", seen.evidence, (("faults", listed(faults)),))
    if fact.why == "no_store":
        return Verdict(Judgement.UNKNOWN, "no_store", seen.evidence)
    if fact.why == "not_conforming":
        return Verdict(Judgement.UNKNOWN, "not_conforming", seen.evidence, (("refusal", fact.refusal),))
    return Verdict(Judgement.UNKNOWN, "unreadable", seen.evidence)
