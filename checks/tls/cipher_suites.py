"""Does a service take only cipher suites that the policy allows.

Pass: every version was settled, every suite seen is allowed, and every suite that is not allowed was refused.
Fail: a suite outside the policy was accepted, in whatever version; one is enough.
Unknown: nothing bad was seen, but a suite outside the policy may be accepted (it stood in no offer that was refused),
or a version is not settled. What could not be offered for want of a connection is named, with why.
In place of a pass: unknown, where connections of one survey contradicted each other (servers behind one address).
Source: docs/topics.md, tls.cipher; RFC 8446 appendix B.4 (TLS 1.3 has AEAD suites alone). Lists: the TLS policy. Of
TLS 1.3, suites that the policy does not name count only where they were seen: all five of them are AEAD.
Limits: with TLS 1.2 PSK, Kerberos, SRP and GOST suites are never offered; in depth quick the versions below TLS 1.2
show their favourite alone, so a good one there settles nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checks.folding import judge_each
from checks.tls.differing import unless_differing
from checks.tls.lost import lost_offers
from sekisho.model.observations import Observation
from sekisho.model.tls_facts import TlsSuites
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import check


@dataclass(frozen=True, slots=True)
class Params:
    """Suites that may be taken up to TLS 1.2 and with TLS 1.3, IANA names."""

    tls12: tuple[str, ...]
    tls13: tuple[str, ...]


@check(
    id="tls.cipher-suites",
    version=5,
    topic="tls.cipher",
    observes=TlsSuites,
    severity=Severity.MEDIUM,
    act=Actor.VENDOR,
    params=Params,
)
def cipher_suites(seen: Sequence[Observation[TlsSuites]], params: Params) -> Verdict | None:
    """Judge every look at one service; one suite outside the policy is enough."""
    return judge_each(seen, lambda one: unless_differing(_judge(one, params), one.value.differs))


def _judge(seen: Observation[TlsSuites], params: Params) -> Verdict | None:
    """Judge what one look showed."""
    fact = seen.value
    if not fact.versions:
        return None
    allowed = {"tls1.3": frozenset(params.tls13)}
    up_to_tls12 = frozenset(params.tls12)
    taken = [(v.version, suite) for v in fact.versions for suite in v.suites]
    if bad := [f"{v} {suite}" for v, suite in taken if suite not in allowed.get(v, up_to_tls12)]:
        return Verdict(Judgement.FAIL, "outside_policy", seen.evidence, (("suites", ", ".join(bad)),))
    rest = {suite for v in fact.versions if v.version != "tls1.3" for suite in v.possible} - up_to_tls12
    if (fact.untried or rest) and (lost := lost_offers(fact.not_offered)):
        return Verdict(Judgement.UNKNOWN, "offers_lost", seen.evidence, (("lost", lost),))
    if fact.untried:
        return Verdict(Judgement.UNKNOWN, "versions_open", seen.evidence, (("versions", ", ".join(fact.untried)),))
    if rest:
        return Verdict(Judgement.UNKNOWN, "not_all_tried", seen.evidence, (("count", str(len(rest))),))
    names = dict.fromkeys(suite for _, suite in taken)
    return Verdict(Judgement.PASS, "only_allowed", seen.evidence, (("suites", ", ".join(names)),))
