"""Is every device there that the device register says is in use.

Pass: the device was seen.
Fail: it was asked, in use by the register, and gave no answer whatever.
Unknown: it was not asked (tier, consent, window, no vantage), so its silence says nothing; or all it showed were TCP
resets such as addresses that no register names give as well, so that a filter on the path may have sent them.
Not applicable: the register says that it is stopped or disposed of.
Source: docs/topics.md, register.missing.
Limits: speaks of answering, not of existing; a host that drops everything looks like one that is gone. A row whose
state cell is empty counts as in use, since a register lists what is there, with less confidence; so does
one that showed nothing but TCP resets.
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
    id="register.listed-device-answers",
    version=3,
    topic="register.missing",
    observes=RegisterMatch,
    severity=Severity.MEDIUM,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def listed_device_answers(seen: Sequence[Observation[RegisterMatch]], _: NoParams) -> Verdict | None:
    """Judge one row of the device register; devices without a row get no finding."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[RegisterMatch]) -> Verdict | None:
    """Judge one comparison with the registers."""
    match = seen.value
    if not (match.declared and match.device_row):
        return None
    values = (("numbers", ", ".join(match.numbers)),)
    if match.state in {RowState.STOPPED, RowState.DISPOSED}:
        return Verdict(Judgement.NOT_APPLICABLE, "retired", seen.evidence, values)
    if match.observed:
        confidence = Confidence.LOW if match.by_refusal else Confidence.HIGH
        return Verdict(Judgement.PASS, "answers", seen.evidence, values, confidence)
    if not match.asked:
        return Verdict(Judgement.UNKNOWN, "not_asked", seen.evidence, values)
    confidence = Confidence.MEDIUM if match.state == RowState.IN_USE else Confidence.LOW
    return Verdict(Judgement.FAIL, "silent", seen.evidence, values, confidence)
