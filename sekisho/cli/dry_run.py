"""`sekisho survey --dry-run`: the plan with the packets it would send to each host at most; nothing is sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby

from sekisho.assessment.wording import tier_text
from sekisho.cli.terminal import print_json, tell
from sekisho.engine.survey import SurveyPlan, targets
from sekisho.messages import COMMA, named, say
from sekisho.model.engagement import Vantage
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier
from sekisho.registry import Stage
from sekisho.scope import AdmittedTarget, Ask, Scope

_CONNECT_PACKETS = 4  # SYN, ACK, FIN, ACK


@dataclass(frozen=True, slots=True)
class _Row:
    """What one address would get from one vantage at most. tier: "–" for none. why: in the reader's language."""

    vantage: str
    address: str
    tier: str
    packets: int
    why: str


def print_plan(plan: SurveyPlan, vantages: list[Vantage], *, lang: str, as_json: bool) -> None:
    """Print every target of every vantage with its tier, why, and the packets at most."""
    scope = plan.scope()
    rows = [_row(plan, scope, v, a, lang) for v in vantages for a in targets(scope, plan.engagement)]
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    tell(say(lang, "cli.dry_run.header", pace=named(lang, "report.pace", plan.pace.name)))
    for (vantage, tier, packets, why), alike in groupby(rows, lambda r: (r.vantage, r.tier, r.packets, r.why)):
        addresses = [row.address for row in alike]
        shown = {"vantage": vantage, "addresses": _span(addresses), "count": len(addresses), "packets": packets}
        tell("  " + say(lang, "cli.dry_run.sent" if packets else "cli.dry_run.unsent", tier=tier, why=why, **shown))
    hosts, total = sum(row.packets != 0 for row in rows), sum(row.packets for row in rows)
    tell(say(lang, "cli.dry_run.total", hosts=hosts, packets=total))


def _span(addresses: list[str]) -> str:
    """Name one address, or the first and last of a row of them."""
    return addresses[0] if len(addresses) == 1 else f"{addresses[0]} – {addresses[-1]}"


def _row(plan: SurveyPlan, scope: Scope, vantage: Vantage, address: IPAddress, lang: str) -> _Row:
    """Plan one address."""
    answer = scope.admit(Ask(address, vantage, datetime.now(UTC), Tier.T1))
    why = COMMA[lang].join(getattr(tier_text(*r), lang) for r in scope.tier_of(address).reasons)
    if not isinstance(answer, AdmittedTarget):
        refused = say(lang, f"cli.refused.{answer.by}", why=why, port=answer.port)
        return _Row(vantage.name, str(address), "–", 0, refused)
    budget = plan.pace.budget_of(answer.tier)
    worst = _worst(plan, answer.tier)
    packets = worst if budget is None else min(worst, budget)
    return _Row(vantage.name, str(address), str(answer.tier), packets, why)


def _worst(plan: SurveyPlan, tier: Tier) -> int:
    """Give the packets a host of this tier gets at most when every port is open."""
    first = sum(s.max_packets for s in plan.scanners.values() if s.stage is Stage.HOST)
    ports = len(plan.pace.t1_ports) + (len(plan.pace.t2_ports) if tier >= Tier.T2 else 0)
    per_service = sum(
        s.max_packets for s in plan.scanners.values()
        if s.stage >= Stage.IDENTIFY and s.tier <= tier and (plan.nmap or s.stage is not Stage.DETECT)
    )  # fmt: skip
    return first + ports * (_CONNECT_PACKETS + per_service)
