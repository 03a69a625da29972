"""`sekisho survey --dry-run`: the plan with the packets it would send to each host at most; nothing is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from sekisho.assessment.wording import tier_text
from sekisho.cli.terminal import print_json, tell
from sekisho.cli.vantages import Place
from sekisho.engine.plan import PlannedHost, PlannedProbe, Planner
from sekisho.engine.survey import SurveyPlan
from sekisho.messages import COMMA, named, said, say
from sekisho.model.attempts import WATCH
from sekisho.model.subjects import IPAddress

_FEW: Final = 8  # ports that are written out


def print_plan(plan: SurveyPlan, places: Sequence[Place], *, lang: str, as_json: bool) -> None:
    """Print per vantage what every address would get, or why it gets nothing."""
    now = datetime.now(UTC)
    planners = {p.vantage.name: Planner(plan, p.vantage, p.way, now, unusable=p.unusable) for p in places}
    hosts = [row for planner in planners.values() for row in planner.hosts()]
    if as_json:
        print_json([_as_dict(h, planners[h.vantage]) for h in hosts])
        return
    tell(say(lang, "cli.dry_run.header", pace=named(lang, "report.pace", plan.pace.name)))
    for vantage, rows in groupby(hosts, key=lambda h: h.vantage):
        _print_vantage(planners[vantage], vantage, list(rows), lang)
    for network in plan.scope().unwalked():
        tell(say(lang, "cli.dry_run.not_walked", network=network))
    asked = {h.address for h in hosts if not h.refused}
    tell(say(lang, "cli.dry_run.total", hosts=len(asked), packets=_total(plan, hosts)))


def _print_vantage(planner: Planner, vantage: str, rows: list[PlannedHost], lang: str) -> None:
    """Print one vantage: what is asked with its probes, then what is refused, grouped by the reason."""
    tell(say(lang, "cli.dry_run.vantage", name=vantage))
    if planner.jump_host is not None:
        tell("  " + say(lang, "cli.dry_run.control", host=planner.jump_host, times=planner.logins))
    alike: Mapping[object, list[PlannedHost]] = defaultdict(list)
    for row in rows:
        if not row.refused:
            alike[row.tier, row.reasons, row.packets, row.probes, row.without].append(row)
    for group in alike.values():
        row, addresses = group[0], ", ".join(str(r.address) for r in group)
        tell("  " + say(lang, "cli.dry_run.asked", addresses=addresses, tier=row.tier, why=_tier_reasons(row, lang)))
        for probe in row.probes:
            tell("    " + _line(probe, lang))
        if row.without:
            tell("    " + say(lang, "cli.dry_run.without", ports=_listed(row.without)))
        tell("    " + say(lang, "cli.dry_run.each", packets=row.packets))
    refused: Mapping[tuple[str, str], list[PlannedHost]] = defaultdict(list)
    for row in rows:
        if row.refused:
            why = _tier_reasons(row, lang) if row.refused == "tier" else said(lang, row.why)
            refused[row.refused, why].append(row)
    for (rule, why), group in refused.items():
        addresses = ", ".join(str(r.address) for r in group)
        tell("  " + say(lang, "cli.dry_run.unsent", why=say(lang, f"cli.refused.{rule}", why=why), addresses=addresses))


def _tier_reasons(row: PlannedHost, lang: str) -> str:
    """Say what set a tier."""
    return COMMA[lang].join(getattr(tier_text(*reason), lang) for reason in row.reasons)


def _line(probe: PlannedProbe, lang: str) -> str:
    """Print one probe."""
    columns = {"scanner": f"{probe.scanner:<9}", "packets": f"{probe.packets:>8}"}
    if probe.scanner == WATCH:
        return say(lang, "cli.dry_run.watch", **columns, ports=_listed(probe.ports))
    if len(probe.ports) > _FEW and probe.if_open:  # the list stands above, with the probe that looks for open ports
        return say(lang, "cli.dry_run.if_open", **columns, count=len(probe.ports))
    return say(lang, "cli.dry_run.probe", **columns, ports=_listed(probe.ports))


def _listed(ports: Iterable[int]) -> str:
    """Write ports, ascending."""
    return ",".join(str(p) for p in sorted(ports)) or "-"


def _total(plan: SurveyPlan, hosts: Sequence[PlannedHost]) -> int:
    """Sum the packets; the budget is per host and run, however many vantages there are."""
    sums: dict[IPAddress, tuple[int, int | None]] = {}
    watch = sum(p.packets for h in hosts for p in h.probes if p.scanner == WATCH)  # apart from the budgets
    for h in hosts:
        probes = h.packets - sum(p.packets for p in h.probes if p.scanner == WATCH)
        sums[h.address] = (sums.get(h.address, (0, 0))[0] + probes, plan.pace.budget_of(h.tier))
    return watch + sum(packets if budget is None else min(packets, budget) for packets, budget in sums.values())


def _as_dict(planned: PlannedHost, planner: Planner) -> dict[str, object]:
    """Give one row as data."""
    return {
        "vantage": planned.vantage, "address": str(planned.address),
        "tier": "–" if planned.refused else str(planned.tier), "packets": planned.packets, "why": planned.why,
        "refused": planned.refused or None, "outcome": planned.outcome.value if planned.outcome else None,
        "probes": [{"scanner": p.scanner, "ports": list(p.ports), "packets": p.packets} for p in planned.probes],
        "without_ports": list(planned.without), "jump_host": str(planner.jump_host) if planner.jump_host else None,
    }  # fmt: skip
