"""Does an SSH service offer only sound algorithms.

Pass: the lists of algorithms were read, each names a sound one, and every entry is known to the policy. Weak ones that
stand beside better ones, and ChaCha20-Poly1305 or CBC with encrypt-then-MAC without strict key exchange, are named.
Fail: a broken or withdrawn algorithm is offered at all, a weak one has nothing better beside it, the protocol is
SSH 1, or the RSA host key that was read is too short.
Unknown: nothing bad was seen, but the lists were not read, or hold names that are on no list of the policy.
Source: docs/topics.md, ssh.algorithm; RFC 9142 section 4 (key exchange), RFC 8758 (RC4), RFC 8332 (rsa-sha2), RFC 9142
(SHA-1), CVE-2023-48795 (Terrapin). The lists come from the profile.
Limits: what is offered may be narrowed by the client; authentication methods and users are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from checks.folding import evidence_of, in_order
from sekisho.model.observations import Observation
from sekisho.model.ssh_facts import SshOffer
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import check

_SIGNALS: Final = frozenset({
    "ext-info-s", "ext-info-c", "kex-strict-s-v00@openssh.com", "kex-strict-c-v00@openssh.com",
    "kexguess2@matt.ucc.asn.au",
})  # fmt: skip
"""Entries of the key-exchange list that announce an extension and are no algorithm.

RFC 8308; PROTOCOL of OpenSSH; Dropbear's kex.h.
"""
_CURRENT_PROTOCOL: Final = "2.0"
"""1.5 is SSH 1, 1.99 offers SSH 1 beside SSH 2 (RFC 4253 section 5.1)."""


_TERRAPIN: Final = "Terrapin (CVE-2023-48795)"


@dataclass(frozen=True, slots=True)
class Params:
    """Names or patterns with `*`: broken ones fail at all, weak ones only if nothing better stands beside them.

    good: known ones that may be offered. noted: such that a reader should know of.
    """

    kex_broken: tuple[str, ...]
    kex_weak: tuple[str, ...]
    kex_good: tuple[str, ...]
    host_keys_broken: tuple[str, ...]
    host_keys_weak: tuple[str, ...]
    host_keys_good: tuple[str, ...]
    ciphers_broken: tuple[str, ...]
    ciphers_weak: tuple[str, ...]
    ciphers_good: tuple[str, ...]
    macs_broken: tuple[str, ...]
    macs_noted: tuple[str, ...]
    macs_good: tuple[str, ...]
    rsa_bits: int


@check(
    id="ssh.algorithms",
    version=3,
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
    if unlisted := dict.fromkeys(n for o in in_order(read) for p in _parts(o.value, params) for n in p.unlisted()):
        values = (("algorithms", ", ".join(unlisted)),)
        return Verdict(Judgement.UNKNOWN, "not_listed", evidence_of(read), values)
    if noted := dict.fromkeys(n for o in in_order(read) for n in _noted(o.value, params)):
        return Verdict(Judgement.PASS, "sound_noted", evidence_of(read), (("algorithms", ", ".join(noted)),))
    return Verdict(Judgement.PASS, "sound", evidence_of(read))


def _is_read(offer: SshOffer) -> bool:
    """Tell whether all four lists arrived, with an algorithm in each."""
    return all((_exchanges(offer), offer.host_keys, offer.ciphers, offer.macs))


def _exchanges(offer: SshOffer) -> tuple[str, ...]:
    """Give the key exchanges without the signals among them."""
    return tuple(k for k in offer.kex if k not in _SIGNALS)


@dataclass(frozen=True, slots=True)
class _Part:
    """One list of an offer and what the policy says of its kind."""

    offered: tuple[str, ...]
    broken: tuple[str, ...]
    weak: tuple[str, ...]
    noted: tuple[str, ...]
    good: tuple[str, ...]

    def faults(self) -> Iterator[str]:
        """Give the broken entries, then the weak ones if the list holds nothing that is neither."""
        yield from (name for name in self.offered if _any(name, self.broken))
        if all(_any(name, (*self.broken, *self.weak)) for name in self.offered):
            yield from (name for name in self.offered if _any(name, self.weak) and not _any(name, self.broken))

    def unlisted(self) -> Iterator[str]:
        """Give the entries that the policy does not know."""
        return (name for name in self.offered if not _any(name, (*self.broken, *self.weak, *self.noted, *self.good)))

    def remarks(self) -> Iterator[str]:
        """Give the entries that are tolerated, in a list without faults."""
        return (name for name in self.offered if _any(name, (*self.weak, *self.noted)))


def _parts(offer: SshOffer, params: Params) -> tuple[_Part, ...]:
    """Put each list beside what the policy says of it."""
    # without its counter-measure, what Terrapin needs ranks with CBC: to be replaced where there is something better
    weak_ciphers = (*params.ciphers_weak, *(n for n in offer.open_to_terrapin if n in offer.ciphers))
    return (
        _Part(_exchanges(offer), params.kex_broken, params.kex_weak, (), params.kex_good),
        _Part(offer.host_keys, params.host_keys_broken, params.host_keys_weak, (), params.host_keys_good),
        _Part(offer.ciphers, params.ciphers_broken, weak_ciphers, (), params.ciphers_good),
        _Part(offer.macs, params.macs_broken, (), params.macs_noted, params.macs_good),
    )


def _noted(offer: SshOffer, params: Params) -> Iterator[str]:
    """Name what is tolerated in one offer, the Terrapin attack's needs last."""
    terrapin = offer.open_to_terrapin
    yield from (n for p in _parts(offer, params) for n in p.remarks() if n not in terrapin)
    if terrapin:
        yield f"{_TERRAPIN}: {' + '.join(terrapin)}"


def _faults(offer: SshOffer, params: Params) -> Iterator[str]:
    """Name what is wrong with one offer, in SSH's own words."""
    if offer.protocol not in {"", _CURRENT_PROTOCOL}:
        yield f"SSH {offer.protocol}"
    for part in _parts(offer, params):
        yield from part.faults()
    if 0 < offer.rsa_bits < params.rsa_bits:
        yield f"RSA {offer.rsa_bits} bit"


def _any(name: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether a name fits one of the patterns."""
    return any(fnmatchcase(name, p) for p in patterns)
