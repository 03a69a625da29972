"""Is the leaf certificate of a service fit for use.

Pass: valid when the handshake took place, key and signature strong enough, issued by somebody else, and every name
under which clients reach the service is covered by what it showed under that name, or under another one asked for.
Fail: expired or not yet valid, key too short, signature with a broken hash, or a name that it does not cover.
Unknown: self-signed and otherwise good (trust unknown), no name to compare, a name under which no certificate came or
that was not asked for, a key type the policy says nothing about, or no certificate was read.
In place of a pass: unknown, where connections of one survey contradicted each other (servers behind one address).
Source: docs/topics.md, tls.certificate; RFC 6125 section 6.4 (names, one wildcard label at the left, common name as a
last resort); RFC 5280 section 4.1.2.5 (validity). Sizes and hashes come from the TLS policy.
Limits: the chain is another question (tls.certificate-chain); revocation is not looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from checks.folding import evidence_of, in_order
from checks.tls.differing import unless_differing
from checks.tls.faults import Fault, failed
from sekisho.model.facts import Certificate, CertificateChain
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import check

_ALWAYS_STRONG: Final = frozenset({"ed25519", "ed448"})
"""Fixed-size keys of 128 and 224 bits of security (RFC 8032); no threshold to compare."""


@dataclass(frozen=True, slots=True)
class Params:
    """Smallest RSA and EC keys in bits, and the signature hashes that are not accepted."""

    rsa_bits: int
    ec_bits: int
    weak_hashes: tuple[str, ...]


@check(
    id="tls.certificate",
    version=4,
    topic="tls.certificate",
    observes=CertificateChain,
    severity=Severity.MEDIUM,
    act=Actor.VENDOR,
    params=Params,
)
def certificate(seen: Sequence[Observation[CertificateChain]], params: Params) -> Verdict | None:
    """Judge the leaf of every handshake; one faulty leaf is enough."""
    return unless_differing(_judge(seen, params), (d for o in seen for d in o.value.differs))


def _judge(seen: Sequence[Observation[CertificateChain]], params: Params) -> Verdict:
    """Judge them as if one server had answered."""
    read = [o for o in in_order(seen) if o.value.chain]
    if not read:
        return Verdict(Judgement.UNKNOWN, "not_read", evidence_of(seen))
    faulty = {o.id: tuple(_faults(o, params)) for o in read}
    faults = tuple(dict.fromkeys(f for found in faulty.values() for f in found))
    if faults:
        return failed(faults, evidence_of([o for o in read if faulty[o.id]]))
    return _without_fault(read)


def _without_fault(read: list[Observation[CertificateChain]]) -> Verdict:
    """Say whether a faultless certificate may be called fit."""
    evidence = evidence_of(read)
    leaves = [o.value.chain[0] for o in read]
    names = tuple(sorted({o.value.sni for o in read} - {""}))
    if odd := sorted({c.key for c in leaves} - _ALWAYS_STRONG - {"rsa", "ec"}):
        return Verdict(Judgement.UNKNOWN, "key_not_judged", evidence, (("key", ", ".join(odd)),))
    if any(c.self_signed for c in leaves):
        return Verdict(Judgement.UNKNOWN, "self_signed", evidence)
    if not names:
        return Verdict(Judgement.UNKNOWN, "name_not_tested", evidence)
    wanted = {w for o in read for w in o.value.wanted} - set(names)
    left = sorted(w for w in wanted if not any(_covers(leaf, w) for leaf in leaves))
    asked = {a for o in read for a in o.value.asked}
    if bare := [w for w in left if w in asked]:
        return Verdict(Judgement.UNKNOWN, "name_without_certificate", evidence, (("names", ", ".join(bare)),))
    if left:
        return Verdict(Judgement.UNKNOWN, "name_not_asked", evidence, (("names", ", ".join(left)),))
    until = min(c.not_after for c in leaves).date().isoformat()
    return Verdict(Judgement.PASS, "fit", evidence, (("names", ", ".join(names)), ("until", until)))


def _faults(seen: Observation[CertificateChain], params: Params) -> Iterator[Fault]:
    """List what is wrong with one leaf at the moment it was seen."""
    leaf, asked = seen.value.chain[0], seen.value.sni
    if seen.taken_at > leaf.not_after:
        date = leaf.not_after.date().isoformat()
        yield Fault("expired", (("date", date),))
    if seen.taken_at < leaf.not_before:
        date = leaf.not_before.date().isoformat()
        yield Fault("not_yet_valid", (("date", date),))
    floor = {"rsa": params.rsa_bits, "ec": params.ec_bits}.get(leaf.key, 0)
    if leaf.key_bits < floor:
        values = (("key", leaf.key.upper()), ("bits", str(leaf.key_bits)), ("floor", str(floor)))
        yield Fault("weak_key", values)
    if leaf.signature_hash in params.weak_hashes:
        yield Fault("weak_signature", (("hash", leaf.signature_hash.upper()),))
    if asked and not _covers(leaf, asked):
        known = ", ".join(_names(leaf)) or "–"
        yield Fault("wrong_name", (("asked", asked), ("names", known)))


def _names(leaf: Certificate) -> tuple[str, ...]:
    """Give the names that count: subjectAltName, and the common name only where there is none (RFC 6125 6.4.4)."""
    return leaf.names or ((leaf.common_name.lower(),) if leaf.common_name else ())


def _covers(leaf: Certificate, asked: str) -> bool:
    """Tell whether a name is covered; a wildcard stands for exactly one label at the left."""
    wanted = asked.lower().rstrip(".")
    _, _, parent = wanted.partition(".")
    return any(name == wanted or (bool(parent) and name == f"*.{parent}") for name in _names(leaf))
