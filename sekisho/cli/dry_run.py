"""`sekisho survey --dry-run`: the plan with the packets it would send to each host at most; nothing is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from sekisho.cli.terminal import print_json, tell
from sekisho.cli.vantages import Place
from sekisho.engine.plan import WATCH, PlannedHost, PlannedProbe, Planner
from sekisho.engine.survey import SurveyPlan
from sekisho.messages import say
from sekisho.model.subjects import IPAddress

_FEW: Final = 8  # ports that are written out


def print_plan(plan: SurveyPlan, places: Sequence[Place], *, lang: str, as_json: bool) -> None:
    """Print per vantage what every address would get, or why it gets nothing."""
    now = datetime.now(UTC)
    hosts = [
        row
        for place in places
        for row in Planner(plan, place.vantage, place.namespace, now, unusable=place.unusable).hosts()
    ]
    if as_json:
        print_json([_as_dict(h) for h in hosts])
        return
    tell(say(lang, "cli.dry_run.header", pace=plan.pace.name))
    for vantage, rows in groupby(hosts, key=lambda h: h.vantage):
        _print_vantage(vantage, list(rows), lang)
    for network in plan.scope().unwalked():
        tell(say(lang, "cli.dry_run.not_walked", network=network))
    asked = {h.address for h in hosts if not h.refused}
    tell(say(lang, "cli.dry_run.total", hosts=len(asked), packets=_total(plan, hosts)))


def _print_vantage(vantage: str, rows: list[PlannedHost], lang: str) -> None:
    """Print one vantage: what is asked with its probes, then what is refused, grouped by the reason."""
    tell(say(lang, "cli.dry_run.vantage", name=vantage))
    for row in rows:
        if row.refused:
            continue
        tell(f"  {row.address!s:<40} {row.tier!s:<3} {row.packets:>8}  {row.why}")
        for probe in row.probes:
            tell("    " + _line(probe, lang))
        if row.without:
            tell("    " + say(lang, "cli.dry_run.without", ports=_listed(row.without)))
    refused: Mapping[tuple[str, str], list[PlannedHost]] = defaultdict(list)
    for row in rows:
        if row.refused:
            refused[row.refused, row.why].append(row)
    for (rule, why), group in refused.items():
        addresses = ", ".join(str(r.address) for r in group)
        tell("  " + say(lang, f"cli.dry_run.refused.{rule}", why=why, addresses=addresses))


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


def _total(plan: SurveyPlan, hosts: Iterable[PlannedHost]) -> int:
    """Sum the packets; the budget is per host and run, however many vantages there are."""
    sums: dict[IPAddress, tuple[int, int | None]] = {}
    for h in hosts:
        sums[h.address] = (sums.get(h.address, (0, 0))[0] + h.packets, plan.pace.budget_of(h.tier))
    return sum(packets if budget is None else min(packets, budget) for packets, budget in sums.values())


def _as_dict(planned: PlannedHost) -> dict[str, object]:
    """Give one row as data."""
    return {
        "vantage": planned.vantage, "address": str(planned.address),
        "tier": "–" if planned.refused else str(planned.tier), "packets": planned.packets, "why": planned.why,
        "refused": planned.refused or None, "outcome": planned.outcome.value if planned.outcome else None,
        "probes": [{"scanner": p.scanner, "ports": list(p.ports), "packets": p.packets} for p in planned.probes],
        "without_ports": list(planned.without),
    }  # fmt: skip
