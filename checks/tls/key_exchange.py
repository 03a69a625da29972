"""Does a service take only key exchanges with forward secrecy and groups that are large enough.

Pass: every version was settled, every suite without forward secrecy and every small curve was refused, and DHE was
refused or its group read and large enough.
Fail: an exchange without authentication was accepted, or one without forward secrecy where the policy asks for it, or a
DHE group or a curve is too small.
Unknown: nothing bad was seen, but one of these was not tried, a group was not read, or a version is not settled.
What could not be offered for want of a connection is named, with why.
In place of a pass: unknown, where connections of one survey contradicted each other (servers behind one address).
Source: docs/topics.md, tls.key_exchange; RFC 7919 section 1 (small DHE groups), RFC 8446 section 4.2.7 (TLS 1.3 has no
curve below 256 bits and no group below 2048). Sizes come from the TLS policy; X25519 counts as 256 bits.
Limits: with TLS 1.2 PSK, Kerberos, SRP and GOST exchanges are never offered. The groups of versions below the newest
old one that takes ECDHE are taken to be that one's. One DHE group is taken to stand for all DHE suites of a version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from checks.folding import judge_each
from checks.tls.differing import unless_differing
from checks.tls.lost import lost_offers
from sekisho.model.observations import Observation
from sekisho.model.tls_facts import TlsExchange, TlsSuites, TlsVersionSuites
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import check

_EPHEMERAL: Final = ("TLS_ECDHE_", "TLS_DHE_")
_STATIC_RSA: Final = "TLS_RSA_WITH_"
"""The one exchange without forward secrecy that a policy may allow; its strength is the certificate's key."""


@dataclass(frozen=True, slots=True)
class Params:
    """Smallest DHE group and smallest curve, in bits; whether an exchange with the certificate's RSA key is refused."""

    dhe_bits: int
    curve_bits: int
    forward_secrecy: bool


@check(
    id="tls.key-exchange",
    version=5,
    topic="tls.key_exchange",
    observes=TlsSuites,
    severity=Severity.MEDIUM,
    act=Actor.VENDOR,
    params=Params,
)
def key_exchange(seen: Sequence[Observation[TlsSuites]], params: Params) -> Verdict | None:
    """Judge every look at one service; one weak exchange is enough."""
    return judge_each(seen, lambda one: unless_differing(_judge(one, params), one.value.differs))


def _judge(seen: Observation[TlsSuites], params: Params) -> Verdict | None:
    """Judge what one look showed."""
    fact = seen.value
    if not fact.versions:
        return None
    if faults := tuple(dict.fromkeys(f for v in fact.versions for f in _faults(v, params))):
        return Verdict(Judgement.FAIL, "weak", seen.evidence, (("exchanges", ", ".join(faults)),))
    is_open = not all(_is_all_seen(v, params) for v in fact.versions)
    if (fact.untried or is_open) and (lost := lost_offers(fact.not_offered)):
        return Verdict(Judgement.UNKNOWN, "offers_lost", seen.evidence, (("lost", lost),))
    if fact.untried:
        return Verdict(Judgement.UNKNOWN, "versions_open", seen.evidence, (("versions", ", ".join(fact.untried)),))
    if is_open:
        return Verdict(Judgement.UNKNOWN, "not_all_tried", seen.evidence)
    names = dict.fromkeys(_name(e) for v in fact.versions for e in v.exchanges)
    return Verdict(Judgement.PASS, "strong", seen.evidence, (("exchanges", ", ".join(names)),))


def _faults(seen: TlsVersionSuites, params: Params) -> Iterator[str]:
    """Name what is weak about the exchanges that were accepted with one version."""
    allowed = _EPHEMERAL if params.forward_secrecy else (*_EPHEMERAL, _STATIC_RSA)
    if seen.version != "tls1.3":
        yield from (f"{seen.version} {suite}" for suite in seen.suites if not suite.startswith(allowed))
    floors = {"dhe": params.dhe_bits, "ecdhe": params.curve_bits, "rsa_export": params.dhe_bits}
    for exchange in seen.exchanges:
        floor = floors.get(exchange.kind, 0)
        if 0 < exchange.bits < floor:
            yield f"{seen.version} {_name(exchange)} ({exchange.bits} < {floor} bit)"


def _is_all_seen(seen: TlsVersionSuites, params: Params) -> bool:
    """Tell whether nothing weak can be left: TLS 1.3 has none, of the others every weak kind was refused."""
    if seen.version == "tls1.3":
        return True
    has_dhe = any(e.kind == "dhe" for e in seen.exchanges)
    harmless = ("TLS_ECDHE_", *(("TLS_DHE_",) if has_dhe else ()), *(() if params.forward_secrecy else (_STATIC_RSA,)))
    weak = [s for s in seen.possible if not s.startswith(harmless)]
    has_curve = any(s.startswith("TLS_ECDHE_") for s in (*seen.suites, *seen.possible))
    small = [g for g in seen.groups_possible if g.bits < params.curve_bits]
    return not weak and not seen.unread and not (has_curve and small)


def _name(exchange: TlsExchange) -> str:
    """Name an exchange for people: kind and group."""
    return f"{exchange.kind.upper()} {exchange.group}"
