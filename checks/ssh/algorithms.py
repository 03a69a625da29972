"""Does an SSH service offer only sound algorithms.

Pass: the lists of algorithms were read, and no rule of the policy applies.
Fail: a broken or withdrawn algorithm is offered at all, a weak one has nothing better beside it, the protocol is
SSH 1, or the RSA host key that was read is too short.
Unknown: the lists were not read.
Source: docs/topics.md, ssh.algorithm; RFC 9142 section 4 (key exchange), RFC 8758 (RC4), RFC 8332 (rsa-sha2), RFC 9142
(SHA-1). The lists come from the profile.
Limits: what is offered may be narrowed by the client; authentication methods and users are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from checks.folding import evidence_of, in_order
from sekisho.model.facts import SshOffer
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import check

_SIGNALS: Final = ("ext-info-*", "kex-strict-*")
"""Entries of the key-exchange list that announce an extension and are no algorithm (RFC 8308; OpenSSH PROTOCOL)."""
_CURRENT_PROTOCOL: Final = "2.0"
"""1.5 is SSH 1, 1.99 offers SSH 1 beside SSH 2 (RFC 4253 section 5.1)."""


@dataclass(frozen=True, slots=True)
class Params:
    """Names or patterns with `*`: broken ones fail at all, weak ones only if nothing better stands beside them."""

    kex_broken: tuple[str, ...]
    kex_weak: tuple[str, ...]
    host_keys_broken: tuple[str, ...]
    host_keys_weak: tuple[str, ...]
    ciphers_broken: tuple[str, ...]
    ciphers_weak: tuple[str, ...]
    macs_broken: tuple[str, ...]
    rsa_bits: int


@check(
    id="ssh.algorithms",
    version=1,
    topic="ssh.algorithm",
    observes=SshOffer,
    severity=Severity.MEDIUM,
    act=Actor.VENDOR,
    params=Params,
)
def algorithms(seen: Sequence[Observation[SshOffer]], params: Params) -> Verdict:
    """Judge every offer of one service; one bad offer is enough."""
    faults = {o.id: tuple(_faults(o.value, params)) for o in in_order(seen)}
    bad = [o for o in seen if faults[o.id]]
    if bad:
        named = ", ".join(dict.fromkeys(f for found in faults.values() for f in found))
        old = any(o.value.protocol not in {"", _CURRENT_PROTOCOL} for o in bad)
        severity = Severity.HIGH if old else None
        return Verdict(Judgement.FAIL, "weak", evidence_of(bad), (("algorithms", named),), severity=severity)
    read = [o for o in seen if _is_read(o.value)]
    if not read:
        return Verdict(Judgement.UNKNOWN, "lists_not_read", evidence_of(seen))
    return Verdict(Judgement.PASS, "sound", evidence_of(read))


def _is_read(offer: SshOffer) -> bool:
    """Tell whether all four lists arrived."""
    return all((offer.kex, offer.host_keys, offer.ciphers, offer.macs))


def _faults(offer: SshOffer, params: Params) -> Iterator[str]:
    """Name what is wrong with one offer, in SSH's own words."""
    if offer.protocol not in {"", _CURRENT_PROTOCOL}:
        yield f"SSH {offer.protocol}"
    kex = tuple(k for k in offer.kex if not _any(k, _SIGNALS))
    yield from _part(kex, params.kex_broken, params.kex_weak)
    yield from _part(offer.host_keys, params.host_keys_broken, params.host_keys_weak)
    yield from _part(offer.ciphers, params.ciphers_broken, params.ciphers_weak)
    yield from _part(offer.macs, params.macs_broken, ())
    if 0 < offer.rsa_bits < params.rsa_bits:
        yield f"RSA {offer.rsa_bits} bit"


def _part(offered: tuple[str, ...], broken: tuple[str, ...], weak: tuple[str, ...]) -> Iterator[str]:
    """Give the broken entries, then the weak ones if the list holds nothing that is neither."""
    yield from (name for name in offered if _any(name, broken))
    if all(_any(name, (*broken, *weak)) for name in offered):
        yield from (name for name in offered if _any(name, weak) and not _any(name, broken))


def _any(name: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a name fits one of the patterns."""
    return any(fnmatchcase(name, p) for p in patterns)
