"""Does a service take only cipher suites that the policy allows.

Pass: every version was settled, TLS 1.2 and TLS 1.3 are the only ones accepted, the suites chosen are allowed, and
every suite of TLS 1.2 that is not allowed was offered without an allowed one beside it and refused.
Fail: a suite outside the policy was accepted, in whatever version; one is enough.
Unknown: nothing bad was seen, but a suite outside the policy was not offered alone, or a version is not settled.
What could not be offered for want of a connection is named, with why.
Source: docs/topics.md, tls.cipher; RFC 8446 appendix B.4 (TLS 1.3 has AEAD suites alone). Lists: the TLS policy.
Limits: PSK, Kerberos, SRP and GOST suites are never offered; below TLS 1.2 only the server's favourite is seen, so a
good one there settles nothing. With TLS 1.3 the chosen suite is judged, not the others of its five.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checks.folding import judge_each
from checks.tls.lost import lost_offers
from sekisho.model.observations import Observation
from sekisho.model.tls_classes import TlsClasses
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import check


@dataclass(frozen=True, slots=True)
class Params:
    """Suites that may be taken up to TLS 1.2 and with TLS 1.3, IANA names."""

    tls12: tuple[str, ...]
    tls13: tuple[str, ...]


@check(
    id="tls.cipher-suites",
    version=3,
    topic="tls.cipher",
    observes=TlsClasses,
    severity=Severity.MEDIUM,
    act=Actor.VENDOR,
    params=Params,
)
def cipher_suites(seen: Sequence[Observation[TlsClasses]], params: Params) -> Verdict | None:
    """Judge every look at one service; one suite outside the policy is enough."""
    return judge_each(seen, lambda one: _judge(one, params))


def _judge(seen: Observation[TlsClasses], params: Params) -> Verdict | None:
    """Judge what one look showed."""
    fact = seen.value
    if not fact.taken:
        return None
    allowed = {"tls1.3": frozenset(params.tls13)}
    up_to_tls12 = frozenset(params.tls12)
    bad = [c for c in fact.taken if c.suite not in allowed.get(c.version, up_to_tls12)]
    if bad:
        names = dict.fromkeys(f"{c.version} {c.suite}" for c in bad)
        return Verdict(Judgement.FAIL, "outside_policy", seen.evidence, (("suites", ", ".join(names)),))
    old = tuple(c.version for c in fact.chosen if c.version not in {"tls1.2", "tls1.3"})
    rest = set(fact.possible) - up_to_tls12
    if (fact.untried or rest) and (lost := lost_offers(fact.not_offered)):
        return Verdict(Judgement.UNKNOWN, "offers_lost", seen.evidence, (("lost", lost),))
    if unsettled := (*fact.untried, *old):
        return Verdict(Judgement.UNKNOWN, "versions_open", seen.evidence, (("versions", ", ".join(unsettled)),))
    if rest:
        return Verdict(Judgement.UNKNOWN, "not_all_tried", seen.evidence, (("count", str(len(rest))),))
    names = dict.fromkeys(c.suite for c in fact.taken)
    return Verdict(Judgement.PASS, "only_allowed", seen.evidence, (("suites", ", ".join(names)),))
