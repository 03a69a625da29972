"""Does a VPN point take only sound algorithms.

Pass: never from outside; it takes the complete list of proposals from the device's configuration.
Fail: it was seen to take an algorithm that the profile calls broken, it answered aggressive mode of IKE version 1 with
the proof of a shared key, or it offers a tunnel protocol that is broken as a whole (PPTP).
Unknown: nothing of that was seen; what a device takes from an unknown address is not all that it takes from its peers.
Source: docs/topics.md, vpn.crypto; RFC 8247 (IKEv2), RFC 9395 (IKEv1 and its algorithms deprecated). The lists come
from the profile.
Limits: what protects the data itself (ESP) is negotiated encrypted and not seen. TLS of a portal is another question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from checks.folding import evidence_of, in_order
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.model.vpn_facts import IkeAnswer, VpnEndpoint
from sekisho.registry import check

_NAMES: Final = {1: "IKEv1", 2: "IKEv2"}


@dataclass(frozen=True, slots=True)
class Params:
    """Names or patterns with `*` that fail where they are taken at all; protocols: tunnels that fail by themselves."""

    encryption_broken: tuple[str, ...]
    hashes_broken: tuple[str, ...]
    groups_broken: tuple[str, ...]
    protocols_broken: tuple[str, ...]


@check(
    id="vpn.crypto",
    version=1,
    topic="vpn.crypto",
    observes=VpnEndpoint,
    severity=Severity.HIGH,
    act=Actor.VENDOR,
    params=Params,
)
def crypto(seen: Sequence[Observation[VpnEndpoint]], params: Params) -> Verdict:
    """Judge what one point was seen to take; one broken algorithm is enough."""
    faults = {o.id: tuple(_faults(o.value, params)) for o in in_order(seen)}
    bad = [o for o in seen if faults[o.id]]
    if bad:
        named = ", ".join(dict.fromkeys(f for found in faults.values() for f in found))
        return Verdict(Judgement.FAIL, "broken", evidence_of(bad), (("algorithms", named),))
    offers = [offer for o in in_order(seen) for offer in o.value.offers if offer.accepted]
    if offers:
        taken = ", ".join(dict.fromkeys(name for offer in offers for name in _named(offer)))
        return Verdict(Judgement.UNKNOWN, "sound_from_outside", evidence_of(seen), (("algorithms", taken),))
    return Verdict(Judgement.UNKNOWN, "nothing_taken", evidence_of(seen))


def _faults(point: VpnEndpoint, params: Params) -> Iterator[str]:
    """Name what is wrong with one point."""
    yield from (name.upper() for name in point.protocols if name in params.protocols_broken)
    for offer in point.offers:
        if offer.hash_bytes:
            yield "IKEv1 aggressive mode (PSK)"
        version = _NAMES[offer.version]
        for names, broken in (
            (offer.encryption, params.encryption_broken),
            ((*offer.integrity, *offer.prf), params.hashes_broken),
            (offer.groups, params.groups_broken),
        ):
            yield from (f"{version} {name}" for name in names if any(fnmatchcase(name, p) for p in broken))


def _named(offer: IkeAnswer) -> Iterator[str]:
    """Name everything that an offer took."""
    version = _NAMES[offer.version]
    yield from (f"{version} {name}" for name in (*offer.encryption, *offer.integrity, *offer.groups))
