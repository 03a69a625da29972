"""Is a device really off that the register says is stopped or disposed of.

Pass: it was asked and gave no answer whatever, from every vantage used.
Fail: it was seen.
Unknown: it was not asked, or showed only TCP resets that a filter on the path may have sent.
Source: docs/topics.md, register.retired_but_alive.
Limits: silence is weaker than absence; the address may also have gone to another device, which needs a look on site.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.engagement import RowState
from sekisho.model.facts import RegisterMatch
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Confidence, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="register.retired-device-is-silent",
    version=3,
    topic="register.retired_but_alive",
    observes=RegisterMatch,
    severity=Severity.MEDIUM,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def retired_device_is_silent(seen: Sequence[Observation[RegisterMatch]], _: NoParams) -> Verdict | None:
    """Judge one host whose row is in a retired state; other states get no finding."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[RegisterMatch]) -> Verdict | None:
    """Judge one comparison with the registers."""
    match = seen.value
    if match.state not in {RowState.STOPPED, RowState.DISPOSED}:
        return None
    values = (("numbers", ", ".join(match.numbers)),)
    if match.observed:
        confidence = Confidence.LOW if match.by_refusal else Confidence.HIGH
        return Verdict(Judgement.FAIL, "alive", seen.evidence, values, confidence)
    if match.asked:
        return Verdict(Judgement.PASS, "silent", seen.evidence, values, Confidence.MEDIUM)
    return Verdict(Judgement.UNKNOWN, "not_asked", seen.evidence, values)
