"""Is the other end of a connection point named, for remote maintenance with the boundary of duties.

Pass: the row of the line register names the other end (接続先), and for remote maintenance the boundary (責任分界点).
Fail: 接続先 and 用途 are both empty; a line for remote maintenance names no other end or no boundary; or no row of the
line register stands for the point.
Unknown: no line register was handed over; only the purpose is named; or the point is a tunnel or an agent and no line:
its real other end stands only in configurations, captures or logs.
Source: docs/topics.md, point.counterpart.
Limits: a name in a cell is taken as written; contractor and owner are point.owner-is-named's question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from checks.folding import judge_each
from sekisho.model.observations import Observation
from sekisho.model.point_facts import PointCounterpart
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check

_TUNNELS: Final = frozenset({"K3", "K4", "K8", "K9"})
"""VPN peers and portals, remote control, cloud agents: who connects is configured, not wired (domain notes F3)."""
_LINES: Final = frozenset({"K1", "K2", "K6", "K7", "K17"})
"""Lines: what leads over one (a cloud in its row) doesn't change whose line it is (docs/topics.md, Which kind)."""


@check(
    id="point.counterpart-is-named",
    version=2,
    topic="point.counterpart",
    observes=PointCounterpart,
    severity=Severity.MEDIUM,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def counterpart_is_named(seen: Sequence[Observation[PointCounterpart]], _: NoParams) -> Verdict | None:
    """Judge every row that stands for one point; one row without a name is enough."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[PointCounterpart]) -> Verdict:
    """Judge one row, or the lack of any."""
    row = seen.value
    if not row.register_present:
        return Verdict(Judgement.UNKNOWN, "no_line_register", seen.evidence)
    if not row.declared:
        return Verdict(Judgement.FAIL, "in_no_register", seen.evidence)
    values = (("number", row.number or "–"),)
    if not row.counterpart:
        return _judge_nameless(seen, values)
    if row.maintained and not row.boundary:
        return Verdict(Judgement.FAIL, "boundary_not_named", seen.evidence, values)
    named = (*values, ("counterpart", row.counterpart))
    if set(row.kinds) & _TUNNELS and not set(row.kinds) & _LINES:
        return Verdict(Judgement.UNKNOWN, "peers_not_seen", seen.evidence, named)
    return Verdict(Judgement.PASS, "named", seen.evidence, named)


def _judge_nameless(seen: Observation[PointCounterpart], values: tuple[tuple[str, str], ...]) -> Verdict:
    """Judge a row that names no other end."""
    row = seen.value
    if not row.purpose:
        return Verdict(Judgement.FAIL, "nothing_named", seen.evidence, values)
    if row.maintained:
        return Verdict(Judgement.FAIL, "maintainer_not_named", seen.evidence, values)
    return Verdict(Judgement.UNKNOWN, "purpose_only", seen.evidence, (*values, ("purpose", row.purpose)))
