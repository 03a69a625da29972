"""Does a service take only key exchanges with forward secrecy and groups that are large enough.

Pass: every version was settled, TLS 1.2 and TLS 1.3 are the only ones accepted, offers without forward secrecy and
offers of small curves alone were refused, and DHE was refused or its group read and large enough.
Fail: an exchange without authentication was accepted, or one without forward secrecy where the policy asks for it, or a
DHE group or a curve is too small.
Unknown: nothing bad was seen, but one of these was not tried, a group was not read, or a version is not settled.
What could not be offered for want of a connection is named, with why.
Source: docs/topics.md, tls.key_exchange; RFC 7919 section 1 (small DHE groups), RFC 8446 section 4.2.7 (TLS 1.3 has no
curve below 256 bits and no group below 2048). Sizes come from the TLS policy; X25519 counts as 256 bits.
Limits: below TLS 1.2 only the server's favourite is seen. PSK, Kerberos, SRP and GOST exchanges are never offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from checks.folding import judge_each
from checks.tls.lost import lost_offers
from sekisho.model.observations import Observation
from sekisho.model.tls_classes import DHE, NO_FORWARD_SECRECY, SMALL_CURVE, TlsChoice, TlsClasses
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
    version=4,
    topic="tls.key_exchange",
    observes=TlsClasses,
    severity=Severity.MEDIUM,
    act=Actor.VENDOR,
    params=Params,
)
def key_exchange(seen: Sequence[Observation[TlsClasses]], params: Params) -> Verdict | None:
    """Judge every look at one service; one weak exchange is enough."""
    return judge_each(seen, lambda one: _judge(one, params))


def _judge(seen: Observation[TlsClasses], params: Params) -> Verdict | None:
    """Judge what one look showed."""
    fact = seen.value
    if not fact.taken:
        return None
    if faults := tuple(dict.fromkeys(f for c in fact.taken for f in _faults(c, params))):
        return Verdict(Judgement.FAIL, "weak", seen.evidence, (("exchanges", ", ".join(faults)),))
    old = tuple(c.version for c in fact.chosen if c.version not in {"tls1.2", "tls1.3"})
    if (fact.untried or not _all_seen(fact)) and (lost := lost_offers(fact.not_offered)):
        return Verdict(Judgement.UNKNOWN, "offers_lost", seen.evidence, (("lost", lost),))
    if unsettled := (*fact.untried, *old):
        return Verdict(Judgement.UNKNOWN, "versions_open", seen.evidence, (("versions", ", ".join(unsettled)),))
    if not _all_seen(fact):
        return Verdict(Judgement.UNKNOWN, "not_all_tried", seen.evidence)
    names = dict.fromkeys(_name(c) for c in fact.taken)
    return Verdict(Judgement.PASS, "strong", seen.evidence, (("exchanges", ", ".join(names)),))


def _faults(choice: TlsChoice, params: Params) -> Iterator[str]:
    """Name what is weak about one exchange that was accepted."""
    allowed = _EPHEMERAL if params.forward_secrecy else (*_EPHEMERAL, _STATIC_RSA)
    if choice.version != "tls1.3" and not choice.suite.startswith(allowed):
        yield f"{choice.version} {choice.suite}"
    floor = {"dhe": params.dhe_bits, "ecdhe": params.curve_bits, "rsa_export": params.dhe_bits}.get(choice.exchange, 0)
    if 0 < choice.bits < floor:
        yield f"{choice.version} {_name(choice)} ({choice.bits} < {floor} bit)"


def _all_seen(fact: TlsClasses) -> bool:
    """Tell whether nothing weak can be left: TLS 1.3 has none, of TLS 1.2 every weak kind was tried."""
    if any(c.version == "tls1.2" and not c.bits for c in fact.taken):
        return False
    dhe = fact.of(DHE)
    refused = [c for c in (fact.of(NO_FORWARD_SECRECY), fact.of(SMALL_CURVE)) if c is not None]
    return all(c.answer == "refused" for c in refused) and (dhe is None or dhe.answer != "untried")


def _name(choice: TlsChoice) -> str:
    """Name an exchange for people: kind and group, the suite where no group was read."""
    return f"{choice.exchange.upper()} {choice.group}" if choice.group else choice.suite
