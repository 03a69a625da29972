"""Small checks and a small checklist for tests of the assessment, with texts from the shipped message tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import checks as shipped_checks
from sekisho.assessment.build import assess
from sekisho.assessment.kit import DataSet, Kit
from sekisho.assessment.profile import parse_checklist, parse_policy
from sekisho.assessment.survey import Survey, survey
from sekisho.inventory.take import take_inventory
from sekisho.model.facts import TlsVersions
from sekisho.model.observations import Observation
from sekisho.model.report import FindingPart, Report, Text
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import Check, check, discover_checks
from sekisho.scope import Scope
from tests.unit.inventory.worlds import KNOWLEDGE, World

CHECKS = discover_checks(shipped_checks)


@dataclass(frozen=True, slots=True)
class Mood:
    """Parameters of the check that does as it is told."""

    mood: str


@check(
    id="tls.min-version", version=7, topic="tls.version", observes=TlsVersions, severity=Severity.LOW,
    act=Actor.VENDOR, params=Mood,
)  # fmt: skip
def obedient(seen: Sequence[Observation[TlsVersions]], params: Mood) -> Verdict | None:
    """Judge as the parameter says; crash if it says so."""
    if params.mood == "crash":
        raise RuntimeError("told to")
    if params.mood == "mute":
        return Verdict(Judgement.UNKNOWN, "no_such_sentence")
    if params.mood == "none":
        return None
    return Verdict(Judgement(params.mood), "no_handshake", tuple(e for o in seen for e in o.evidence))


def item(number: str, *uses: dict[str, Any], verifiability: str = "partial", **more: Any) -> dict[str, Any]:
    row = {"id": number, "number": number, "subject": "network", "label": {"ja": "項目", "en": "item"}, "by": "both",
           "verifiability": verifiability, "why": {"ja": "理由", "en": "why"}, "check": list(uses)}  # fmt: skip
    if not uses:
        row.pop("check")
    return row | more


def use(check_id: str, *categories: str, **params: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"id": check_id}
    if params:
        row["params"] = params
    if categories:
        row["where"] = {"category": list(categories)}
    return row


def document(*items: dict[str, Any], extra: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    return {"id": "mhlw-hospital-r7", "edition": "e", "title": {"ja": "表", "en": "list"}, "source": "s",
            "item": list(items),
            "extra": [{"id": "x", "label": {"ja": "", "en": ""}, "check": list(extra)}]}  # fmt: skip


POLICY: dict[str, Any] = {
    "id": "cryptrec-3.0.1-high", "title": {"ja": "基準", "en": "policy"}, "source": "s", "edition": "3.0.1",
    "check": {"tls.min-version": {"floor": "tls1.2", "required": "tls1.3"}},
    "entry": [{"item": "suites", "verified": False}, {"item": "version", "verified": True}],
}  # fmt: skip


def kit(world: World, *items: dict[str, Any], checks: dict[str, Check[Any]] | None = None, **more: Any) -> Kit:
    """Make a kit around one checklist."""
    known = CHECKS if checks is None else checks
    checklist = parse_checklist(document(*items, **more), known, where="test")
    policies = {} if checks is not None else {POLICY["id"]: parse_policy(POLICY, known, where="policy")}
    return Kit(
        scanners=world.scanners(), checks=known, checklists={checklist.id: checklist}, policies=policies,
        knowledge=KNOWLEDGE, data=(DataSet("eol", "2026-08-22", 4, Text(ja="版", en="lines")),),
    )  # fmt: skip


def report(world: World, *items: dict[str, Any], **more: Any) -> Report:
    """Assess a made-up run."""
    return assess(world.record(), kit(world, *items, **more))


def surveyed(world: World) -> Survey:
    """Look at a made-up run, before anything is judged."""
    record, judged_by = world.record(), kit(world, item("1"))
    scope = Scope(record.engagement, record.pace, judged_by.fragility)
    inventory = take_inventory(record, judged_by.scanners, knowledge=judged_by.knowledge, scope=scope)
    return survey(record, inventory, scope=scope, scanners=judged_by.scanners)


def with_obedient(*names: str) -> dict[str, Check[Any]]:
    """Give the obedient check under some ids of shipped checks (their sentences exist)."""
    return {n: replace(obedient, id=n) for n in ("tls.min-version", *names)}


def finding(found: Report, check_id: str, subject: str) -> FindingPart:
    """Give the one finding of a check on a subject."""
    (one,) = [f for f in found.findings if f.check == check_id and f.subject == subject]
    return one


SHIPPED_ITEMS = (
    item("2-1", use("register.device-is-listed"), use("register.listed-device-answers"), use("register.cells-agree"),
         use("register.retired-device-is-silent"), use("register.line-is-there")),
    item("2-2", use("maintenance.remote-access-is-listed")),
    item("2-6", use("firmware.supported"), use("firmware.not-exploited")),
    item("2-12s", use("services.no-legacy-service", "server"), verifiability="full"),
    item("2-12p", use("services.no-legacy-service", "pc")),
    item("2-13", use("management.source-is-restricted", "network", "")),
    item("tls", {"id": "tls.min-version", "params_from": "tls_policy"}, use("tls.client-certificate")),
    item("3-1", verifiability="none"),
    item("2-4"),
)  # fmt: skip
