"""Does every device that answered stand in a register.

Pass: the device was seen, and a row names its address, MAC address or host name.
Fail: the device was seen, and no row names it.
Unknown: many addresses that no row names show nothing but TCP resets, which a filter on the path may have sent: given
once for their segment, at the first of them. No other address that was not seen gets a finding.
Source: docs/topics.md, register.undeclared.
Limits: a device that answers nothing at all, or lies outside the scope, is not found by asking. One that showed nothing
but TCP resets counts with less confidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.facts import RegisterMatch
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Confidence, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="register.device-is-listed",
    version=3,
    topic="register.undeclared",
    observes=RegisterMatch,
    severity=Severity.HIGH,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def device_is_listed(seen: Sequence[Observation[RegisterMatch]], _: NoParams) -> Verdict | None:
    """Judge one host by whether it was seen and whether it is declared."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[RegisterMatch]) -> Verdict | None:
    """Judge one comparison with the registers."""
    match = seen.value
    if not match.observed:
        return Verdict(Judgement.UNKNOWN, "resets_alone", seen.evidence) if match.by_refusal else None
    confidence = Confidence.LOW if match.by_refusal else Confidence.HIGH
    if match.declared:
        values = (("numbers", ", ".join(match.numbers)),)
        return Verdict(Judgement.PASS, "listed", seen.evidence, values, confidence)
    return Verdict(Judgement.FAIL, "not_listed", seen.evidence, confidence=confidence)
