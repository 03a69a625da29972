"""Is the terminal device of every line there that the line register says is in use.

Pass: the terminal device was seen.
Fail: it was asked and gave no answer whatever.
Unknown: it was not asked, or the row names no terminal device inside the scope; or all it showed were TCP resets that a
filter on the path may have sent.
Not applicable: the register says that the line is stopped or cancelled.
Source: docs/topics.md, register.missing (row of the line register).
Limits: the circuit itself is not seen, only the device at its end; a terminal that answers nothing looks like none.
One that showed nothing but TCP resets counts with less confidence.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.engagement import RowState
from sekisho.model.facts import LineMatch
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Confidence, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="register.line-is-there",
    version=3,
    topic="register.missing",
    observes=LineMatch,
    severity=Severity.MEDIUM,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def line_is_there(seen: Sequence[Observation[LineMatch]], _: NoParams) -> Verdict | None:
    """Judge one row of the line register."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[LineMatch]) -> Verdict | None:
    """Judge one comparison with what was seen at the line's terminal device."""
    line = seen.value
    values = (("number", line.number),)
    if line.state in {RowState.STOPPED, RowState.DISPOSED}:
        return Verdict(Judgement.NOT_APPLICABLE, "retired", seen.evidence, values)
    if line.observed:
        confidence = Confidence.LOW if line.by_refusal else Confidence.HIGH
        return Verdict(Judgement.PASS, "answers", seen.evidence, values, confidence)
    if not line.asked:
        return Verdict(Judgement.UNKNOWN, "not_asked", seen.evidence, values)
    return Verdict(Judgement.FAIL, "silent", seen.evidence, values, Confidence.MEDIUM)
