"""Is a way out that nobody uses closed.

Pass: a line that the register calls stopped or cancelled was asked at its device, and nothing answered.
Fail: a line that the register calls stopped or cancelled answers.
Unknown: a way out in use, because no flow records of 30 days or more are read yet; the device of a stopped line was not
asked, or is in use for something else as well.
Source: docs/topics.md, point.dormant.
Limits: a line whose device is gone may still be connected at the carrier; that shows on the carrier's bill only.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.observations import Observation
from sekisho.model.point_facts import PointUse
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="point.unused-is-closed",
    version=1,
    topic="point.dormant",
    observes=PointUse,
    severity=Severity.MEDIUM,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def unused_is_closed(seen: Sequence[Observation[PointUse]], _: NoParams) -> Verdict | None:
    """Judge every row that stands for one point; one line that should be closed and answers is enough."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[PointUse]) -> Verdict:
    """Judge one row, or the lack of any."""
    row = seen.value
    values = (("number", row.number or "–"),)
    if row.retired:
        return _judge_retired(seen, values)
    reason = "no_purpose" if row.occasional else "no_flow_data"
    return Verdict(Judgement.UNKNOWN, reason, seen.evidence, values)


def _judge_retired(seen: Observation[PointUse], values: tuple[tuple[str, str], ...]) -> Verdict:
    """Judge a line that the register calls stopped or cancelled."""
    row = seen.value
    if row.answers:
        return Verdict(Judgement.FAIL, "answers", seen.evidence, values)
    if row.observed:
        return Verdict(Judgement.UNKNOWN, "device_in_other_use", seen.evidence, values)
    if row.asked:
        return Verdict(Judgement.PASS, "silent", seen.evidence, values)
    return Verdict(Judgement.UNKNOWN, "not_asked", seen.evidence, values)
