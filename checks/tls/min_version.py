"""Does a service refuse every TLS version below the floor and accept the one that the policy requires.

Pass: from every vantage that got a handshake, every older version was refused and the required one accepted.
Fail: an older version was accepted, or the required version was refused; one of these is enough.
Unknown: a version that matters was not offered or gave no usable answer, or no handshake was completed at all;
the sentence names the versions that were not offered, and why.
In place of a pass: unknown, where connections of one survey contradicted each other (servers behind one address).
Source: docs/topics.md, tls.version; RFC 8996 section 2 (TLS 1.0 and 1.1 deprecated), RFC 7568 (SSL 3.0), RFC 6176
(SSL 2.0). Floor and required version come from the TLS policy.
Limits: judges protocol versions only; suites, key exchange and certificates are other questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from checks.folding import evidence_of
from checks.tls.differing import unless_differing
from checks.tls.lost import lost_offers
from sekisho.errors import ProfileError
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST, TlsVersions
from sekisho.model.observations import Observation
from sekisho.model.subjects import endpoint_of
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import check

_TLS_BY_HABIT: Final = frozenset({443, 8443, 4433, 10443, 636, 993, 995, 465})
"""Usual TLS ports, which must not drop out of the report when a handshake breaks (docs/topics.md, Verdicts)."""
_BROKEN: Final = frozenset({"ssl2", "ssl3"})
"""Forbidden by RFC 6176 and RFC 7568, in every type of the CRYPTREC guideline: more urgent than TLS 1.0 and 1.1."""


@dataclass(frozen=True, slots=True)
class Params:
    """Oldest version that may be accepted, and the version that must be ("" if none must)."""

    floor: str
    required: str

    def __post_init__(self) -> None:
        """Refuse names that are no protocol version."""
        for name in (self.floor, self.required or self.floor):
            if name not in TLS_VERSIONS_OLDEST_FIRST:
                msg = f"tls.min-version: got {name!r}, expected one of {', '.join(TLS_VERSIONS_OLDEST_FIRST)}"
                raise ProfileError(msg)


@check(
    id="tls.min-version",
    version=4,
    topic="tls.version",
    observes=TlsVersions,
    severity=Severity.MEDIUM,
    act=Actor.VENDOR,
    params=Params,
)
def min_version(seen: Sequence[Observation[TlsVersions]], params: Params) -> Verdict | None:
    """Judge all observations of one service against the policy."""
    speaking = [o for o in seen if o.value.speaks_tls]
    if not speaking:
        return _no_handshake(seen)
    return unless_differing(_judge(speaking, params), (d for o in speaking for d in o.value.differs))


def _judge(speaking: Sequence[Observation[TlsVersions]], params: Params) -> Verdict:
    """Judge the looks that got a handshake."""
    accepted = frozenset[str]().union(*(o.value.accepted for o in speaking))
    # no look answers for another: the way or the balancer between may differ
    refused = frozenset[str](TLS_VERSIONS_OLDEST_FIRST).intersection(*(o.value.refused for o in speaking))
    denied = frozenset[str]().union(*(o.value.refused for o in speaking))
    older = frozenset(TLS_VERSIONS_OLDEST_FIRST[: TLS_VERSIONS_OLDEST_FIRST.index(params.floor)])
    must = frozenset({params.required} - {""})
    bad, lacking = accepted & older, denied & must
    values = (("versions", _names(bad)), ("required", params.required), ("floor", params.floor))
    evidence = evidence_of(speaking)
    if bad or lacking:
        reason = "accepts_old_lacks_required" if bad and lacking else "accepts_old" if bad else "lacks_required"
        severity = Severity.HIGH if bad & _BROKEN else None
        return Verdict(Judgement.FAIL, reason, evidence, values, severity=severity)
    unsettled = (older - refused) | {v for v in must if any(v not in o.value.accepted for o in speaking)}
    if lost := lost_offers([n for o in speaking for n in o.value.not_offered if n[0] in unsettled]):
        return Verdict(Judgement.UNKNOWN, "offers_lost", evidence, (("lost", lost),))
    if unsettled:
        return Verdict(Judgement.UNKNOWN, "not_settled", evidence, (("versions", _names(unsettled)),))
    return Verdict(Judgement.PASS, "only_allowed", evidence, (("versions", _names(accepted)),))


def _no_handshake(seen: Sequence[Observation[TlsVersions]]) -> Verdict | None:
    """Tell a TLS service that would not shake hands from a port that has nothing to do with TLS."""
    endpoint = endpoint_of(seen[0].subject)
    answered = any(o.value.refused for o in seen)
    if answered or (endpoint is not None and endpoint[2] in _TLS_BY_HABIT):
        return Verdict(Judgement.UNKNOWN, "no_handshake", evidence_of(seen))
    return None


def _names(versions: frozenset[str]) -> str:
    """List versions, oldest first."""
    return ", ".join(v for v in TLS_VERSIONS_OLDEST_FIRST if v in versions)
