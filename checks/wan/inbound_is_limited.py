"""Is inbound traffic from an open network refused where nobody needs it.

Pass: filter and NAT rules were read, the point was tried from outside, and nothing more than meant answered.
Fail: a service answered at an external vantage that neither an access row nor the point's VPN explains.
Unknown: nothing unexplained was seen, but only one of the two, or neither, was looked at; the reason says which.
Source: docs/topics.md, wan.inbound.
Limits: from outside, ports beyond those asked and sources other than the vantage stay unseen.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.observations import Observation
from sekisho.model.point_facts import WanInbound
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="wan.inbound-is-limited",
    version=1,
    topic="wan.inbound",
    observes=WanInbound,
    severity=Severity.HIGH,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def inbound_is_limited(seen: Sequence[Observation[WanInbound]], _: NoParams) -> Verdict | None:
    """Judge one point to an open network."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[WanInbound]) -> Verdict:
    """Judge one point by what answered outside and by what was looked at."""
    inbound = seen.value
    if inbound.stray:
        return Verdict(Judgement.FAIL, "answers_outside", seen.evidence, (("services", ", ".join(inbound.stray)),))
    if not inbound.outside:
        return Verdict(Judgement.UNKNOWN, "no_external_vantage", seen.evidence)
    if not inbound.tried_from:
        names = ", ".join(inbound.outside)
        return Verdict(Judgement.UNKNOWN, "outside_not_tried", seen.evidence, (("vantages", names),))
    values = (("vantages", ", ".join(inbound.tried_from)),)
    if not inbound.config_read:
        return Verdict(Judgement.UNKNOWN, "config_not_read", seen.evidence, values)
    return Verdict(Judgement.PASS, "limited", seen.evidence, values)
