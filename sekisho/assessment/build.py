"""The assessment of one run: RunRecord and Kit in, Report out. Same input, same report, in whatever order it comes."""

from __future__ import annotations

from sekisho.assessment.answers import answers
from sekisho.assessment.judge import judge
from sekisho.assessment.kit import Kit
from sekisho.assessment.limits import limits
from sekisho.assessment.parts.devices import asset_parts, finding_parts, point_parts, service_parts
from sekisho.assessment.parts.run import (
    attempt_parts,
    engagement_part,
    ledger_part,
    snapshot_part,
    stages_of,
    vantage_parts,
)
from sekisho.assessment.plan import plan
from sekisho.assessment.restriction import restriction
from sekisho.assessment.survey import survey
from sekisho.assessment.waivers import waivers
from sekisho.inventory.reconcile import reconcile
from sekisho.inventory.take import take_inventory
from sekisho.model.facts import LineMatch, RegisterMatch
from sekisho.model.report import SCHEMA_VERSION, Report
from sekisho.model.run import RunRecord
from sekisho.scope import Scope


def assess(record: RunRecord, kit: Kit) -> Report:
    """Judge one run.

    Raises: ProfileError when the engagement names a checklist or policy that does not exist.
    """
    planned = plan(kit, record.engagement)
    scope = Scope(record.engagement, record.pace, kit.fragility)
    inventory = take_inventory(record, kit.scanners, knowledge=kit.knowledge, scope=scope)
    found = survey(record, inventory, scope=scope, scanners=kit.scanners)
    judged = judge(found, planned)
    stages = stages_of(found)
    chosen = [kit.checklists[c] for c in sorted(set(record.engagement.checklists))]
    accepted = waivers(record, chosen, judged)
    index = inventory.index
    return Report(
        schema_version=SCHEMA_VERSION,
        engagement=engagement_part(record.engagement),
        snapshot=snapshot_part(record, kit, stages),
        vantages=vantage_parts(found),
        connection_points=point_parts(inventory.points, judged),
        assets=asset_parts(found),
        services=service_parts(found),
        findings=finding_parts(judged),
        answers=answers(found, chosen, judged, accepted),
        restriction=restriction(found),
        attempts=attempt_parts(found),
        reconciliation=reconcile(index.every(RegisterMatch), index.every(LineMatch), inventory.points),
        waivers=accepted.parts(),
        ledger=ledger_part(record.ledger),
        limits=limits(found, kit, stages, accepted),
    )
