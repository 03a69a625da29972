"""Waivers: rows → what the hospital accepts for now, by whom and until when (docs/adr/0015)."""

from __future__ import annotations

from collections.abc import Iterable

from sekisho.intake.answers import AnswerContext, checklist_of, item_of
from sekisho.intake.rows import Row
from sekisho.model.engagement import DeclaredWaiver


def read_waivers(rows: Iterable[Row], context: AnswerContext) -> tuple[DeclaredWaiver, ...]:
    """Read every row; a second one for the same finding or item is wrong, since only one can hold."""
    found: dict[str, DeclaredWaiver] = {}
    for row in rows:
        waiver = _waiver(row, context)
        if waiver is None:
            continue
        first = found.setdefault(waiver.target, waiver)
        if first is not waiver:
            row.wrong("finding" if row.has("finding") else "item", "waiver.twice", first=first.origin.place)
    return tuple(found.values())


def _waiver(row: Row, context: AnswerContext) -> DeclaredWaiver | None:
    """Read one row, None with a problem when it says too little: nothing is accepted without a reason or an end."""
    for field in ("justification", "approver", "expires"):
        if not row.text(field):
            row.wrong(field, "waiver.missing")
    expires = row.date("expires", month_end=True)
    target = _target(row, context)
    if not (target and expires and row.text("justification") and row.text("approver")):
        return None
    return DeclaredWaiver(target, row.text("justification"), row.text("approver"), expires, row.origin)


def _target(row: Row, context: AnswerContext) -> str:
    """Give what a row accepts: a finding, or an item of a checklist; "" with a problem for none or both."""
    if row.has("finding") == row.has("item"):
        row.wrong("finding", "waiver.one_target")
        return ""
    if row.has("finding"):
        return row.text("finding")
    checklist = checklist_of(row, context)
    item = item_of(row, context.known.checklists.get(checklist, ())) if checklist else ""
    return f"{checklist}:{item}" if item else ""
