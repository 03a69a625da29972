"""Do the cells of the register say what the device itself says.

Pass: at least one cell could be compared, and none contradicts what was observed.
Fail: version, maker, MAC address or host name was observed and contradicts its cell.
Unknown: declared, but nothing comparable was observed, or the cells are empty.
Source: docs/topics.md, register.mismatch.
Limits: compares only what the device tells over the network; location, user and purpose need a person.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.engagement import RowState
from sekisho.model.facts import RegisterMatch
from sekisho.model.observations import Observation
from sekisho.model.verdicts import ITEM, PART, Actor, Confidence, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="register.cells-agree",
    version=1,
    topic="register.mismatch",
    observes=RegisterMatch,
    severity=Severity.LOW,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def cells_agree(seen: Sequence[Observation[RegisterMatch]], _: NoParams) -> Verdict | None:
    """Judge the cells of one declared device; undeclared ones and retired, silent ones get no finding."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[RegisterMatch]) -> Verdict | None:
    """Judge one comparison with the registers."""
    match = seen.value
    retired = match.state in {RowState.STOPPED, RowState.DISPOSED}
    if not (match.declared and match.device_row) or (retired and not match.observed):
        return None
    numbers = ("numbers", ", ".join(match.numbers))
    if match.mismatches:
        cells = ITEM.join(PART.join(" ".join(text.split()) for text in cell) for cell in match.mismatches)
        return Verdict(Judgement.FAIL, "contradicts", seen.evidence, (numbers, ("cells", cells)))
    if match.compared:
        values = (numbers, ("fields", ", ".join(match.compared)))
        return Verdict(Judgement.PASS, "agrees", seen.evidence, values, Confidence.MEDIUM)
    return Verdict(Judgement.UNKNOWN, "nothing_to_compare", seen.evidence, (numbers,))
