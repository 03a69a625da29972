"""Is it known who may open a tunnel, and by what each of them proves who it is.

Pass: never from outside; it takes the device's configuration, with one key or certificate for each peer and a second
factor for people.
Fail: never from outside, for the same reason: who shares which key with whom stands in the configuration alone.
Unknown: no configuration was read. Ways to prove oneself that the device was seen to take are named.
Source: docs/topics.md, vpn.auth.
Limits: never tested by a log-in. That a shared key is used in aggressive mode fails vpn.crypto.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.folding import evidence_of, in_order
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.model.vpn_facts import VpnEndpoint
from sekisho.registry import NoParams, check


@check(
    id="vpn.auth",
    version=1,
    topic="vpn.auth",
    observes=VpnEndpoint,
    severity=Severity.HIGH,
    act=Actor.VENDOR,
    params=NoParams,
)
def auth(seen: Sequence[Observation[VpnEndpoint]], _: NoParams) -> Verdict:
    """Say for one point that its configuration decides, and what was seen from outside."""
    shown = tuple(dict.fromkeys(name for o in in_order(seen) for name in _shown(o.value)))
    if shown:
        return Verdict(Judgement.UNKNOWN, "methods_seen", evidence_of(seen), (("methods", ", ".join(shown)),))
    return Verdict(Judgement.UNKNOWN, "no_config", evidence_of(seen))


def _shown(point: VpnEndpoint) -> Iterator[str]:
    """Name the ways to prove oneself that a point was seen to take."""
    for offer in point.offers:
        yield from (f"IKEv1 {name}" for name in offer.auth)
