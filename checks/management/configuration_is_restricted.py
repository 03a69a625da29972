"""Does the configuration let only those who are meant to reach a management service.

Pass: by rules and list of hosts together nobody gets in but who an access row permits, or the service is switched off.
Fail: somebody surely gets in whom no access row permits; without a row nobody but the device itself is meant.
Unknown: somebody possibly gets in: a default that is not proven, a condition or a line that was not understood, address
translation, or an address that comes from outside.
Source: docs/topics.md, management.exposure.
Limits: says what the device is set to. Whether it does so, only the places that tried it can show.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.config_facts import ConfiguredAccess
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="management.configuration-is-restricted",
    version=1,
    topic="management.exposure",
    observes=ConfiguredAccess,
    severity=Severity.HIGH,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def configuration_is_restricted(seen: Sequence[Observation[ConfiguredAccess]], _: NoParams) -> Verdict:
    """Judge all configured ways to one service; the widest counts."""
    verdict = judge_each(seen, _judge)
    assert verdict is not None, "every way is judged"  # noqa: S101 - _judge never gives None
    return verdict


def _judge(seen: Observation[ConfiguredAccess]) -> Verdict:
    """Judge one service at one interface."""
    access = seen.value
    values = (
        ("file", access.file),
        ("service", access.protocol),
        ("interface", access.interface),
        ("lines", ", ".join(str(n) for n in access.let_in) or "-"),
    )
    if access.surplus:
        reason = "lets_others_in" if access.stated else "lets_unmeant_in"
        return Verdict(Judgement.FAIL, reason, seen.evidence, (*values, ("sources", str(access.surplus))))
    if access.doubt:
        return Verdict(Judgement.UNKNOWN, "may_let_in", seen.evidence, (*values, ("sources", str(access.doubt))))
    reason = "switched_off" if access.enabled is False else "restricted"
    return Verdict(Judgement.PASS, reason, seen.evidence, values)
