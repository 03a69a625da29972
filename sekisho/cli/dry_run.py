"""`sekisho survey --dry-run`: the plan with the packets it would send to each host at most; nothing is sent."""

from __future__ import annotations

from datetime import UTC, datetime

from sekisho.cli.terminal import print_json, tell
from sekisho.engine.survey import SurveyPlan, targets
from sekisho.gate.jump import door
from sekisho.messages import say
from sekisho.model.engagement import Vantage
from sekisho.model.jump_host import MOST_SYNS, is_jump
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier
from sekisho.registry import Stage
from sekisho.scope import AdmittedTarget, Ask, Scope

_CONNECT_PACKETS = 4  # SYN, ACK, FIN, ACK


def print_plan(plan: SurveyPlan, vantages: list[Vantage], *, lang: str, as_json: bool) -> None:
    """Print every target of every vantage with its tier, why, and the packets at most.

    Raises: UsageError, ScopeError for a jump host that can't be used.
    """
    scope = plan.scope()
    jumps = {v.name: str(door(v, scope).host) for v in vantages if is_jump(v.via)}
    rows = [_row(plan, scope, v, a) for v in vantages for a in targets(scope, plan.engagement)]
    if as_json:
        print_json(rows)
        return
    tell(say(lang, "cli.dry_run.header", pace=plan.pace.name))
    for name, host in jumps.items():
        tell("  " + say(lang, "cli.dry_run.control", vantage=name, host=host))
    for row in rows:
        tell(f"  {row['vantage']:<12} {row['address']:<40} {row['tier']:<3} {row['packets']:>6}  {row['why']}")
    tell(
        say(
            lang, "cli.dry_run.total", hosts=sum(r["packets"] != 0 for r in rows), packets=sum(_number(r) for r in rows)
        )
    )


def _number(row: dict[str, object]) -> int:
    """Give the packets of a row as a number."""
    return int(str(row["packets"]))


def _row(plan: SurveyPlan, scope: Scope, vantage: Vantage, address: IPAddress) -> dict[str, object]:
    """Plan one address."""
    answer = scope.admit(Ask(address, vantage, datetime.now(UTC), Tier.T1))
    if not isinstance(answer, AdmittedTarget):
        return {"vantage": vantage.name, "address": str(address), "tier": "–", "packets": 0, "why": answer.detail}
    why = "; ".join(f"{kind}: {detail}" for kind, detail in scope.tier_of(address).reasons)
    budget = plan.pace.budget_of(answer.tier)
    worst = _worst(plan, answer.tier, connect=MOST_SYNS if is_jump(vantage.via) else _CONNECT_PACKETS)
    packets = worst if budget is None else min(worst, budget)
    return {"vantage": vantage.name, "address": str(address), "tier": str(answer.tier), "packets": packets, "why": why}


def _worst(plan: SurveyPlan, tier: Tier, *, connect: int) -> int:
    """Give the packets a host of this tier gets at most when every port is open; connect: those of one connect."""
    first = sum(s.max_packets for s in plan.scanners.values() if s.stage is Stage.HOST)
    ports = len(plan.pace.t1_ports) + (len(plan.pace.t2_ports) if tier >= Tier.T2 else 0)
    per_service = sum(
        s.max_packets for s in plan.scanners.values()
        if s.stage >= Stage.IDENTIFY and s.tier <= tier and (plan.nmap or s.stage is not Stage.DETECT)
    )  # fmt: skip
    return first + ports * (connect + per_service)
