"""Is somebody named who answers for a connection point.

Pass: the point's row of the line register names both contractor and owner (契約者, 管理者).
Fail: one of the two cells is empty, or no row of the line register stands for the point.
Unknown: no line register was handed over.
Source: docs/topics.md, point.owner.
Limits: a name in a cell is taken as written; whether that person knows of the line, a register can't tell.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.observations import Observation
from sekisho.model.point_facts import PointOwner
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="point.owner-is-named",
    version=1,
    topic="point.owner",
    observes=PointOwner,
    severity=Severity.MEDIUM,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def owner_is_named(seen: Sequence[Observation[PointOwner]], _: NoParams) -> Verdict | None:
    """Judge every row that stands for one point; one row without a name is enough."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[PointOwner]) -> Verdict:
    """Judge one row, or the lack of any."""
    row = seen.value
    values = (("number", row.number or "–"),)
    if not row.register_present:
        return Verdict(Judgement.UNKNOWN, "no_line_register", seen.evidence)
    if not row.declared:
        return Verdict(Judgement.FAIL, "in_no_register", seen.evidence)
    if not row.contractor or not row.owner:
        reason = "nobody_named" if not row.contractor and not row.owner else "cell_empty"
        return Verdict(Judgement.FAIL, reason, seen.evidence, values)
    named = (*values, ("contractor", row.contractor), ("owner", row.owner))
    return Verdict(Judgement.PASS, "named", seen.evidence, named)
