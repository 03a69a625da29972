"""Register against observation: what is there and not written, written and not there, written differently."""

from __future__ import annotations

from collections.abc import Iterable

from sekisho.inventory.points import Point
from sekisho.inventory.register import is_missing
from sekisho.messages.both import both
from sekisho.model.facts import LineMatch, RegisterMatch
from sekisho.model.observations import Observation
from sekisho.model.report import Reconciliation, ReconciliationRow
from sekisho.model.subjects import Subject

_AREA = "assessment.reconciliation"


def reconcile(
    devices: Iterable[Observation[RegisterMatch]], lines: Iterable[Observation[LineMatch]], points: Iterable[Point]
) -> Reconciliation:
    """Give the three lists, each sorted by subject and 管理番号."""
    devices, lines = tuple(devices), tuple(lines)
    undeclared = [
        _row(o.subject, "", "device_undeclared") for o in devices if o.value.observed and not o.value.declared
    ]
    undeclared += [_row(p.id, "", "point_undeclared", name=p.name or "–") for p in points if not p.declared]
    missing = [
        _row(o.subject, ", ".join(o.value.numbers), "device_missing")
        for o in devices
        if o.value.device_row and is_missing(o.value)
    ]
    missing += [_row(o.subject, o.value.number, "line_missing") for o in lines if is_missing(o.value)]
    mismatched = [
        _row(o.subject, ", ".join(o.value.numbers), f"cell_{name}", declared=declared, observed=observed)
        for o in devices
        for name, declared, observed in o.value.mismatches
    ]
    return Reconciliation(undeclared=_sorted(undeclared), missing=_sorted(missing), mismatched=_sorted(mismatched))


def _row(subject: Subject, number: str, key: str, **values: str) -> ReconciliationRow:
    """Make one row with its sentence."""
    return ReconciliationRow(subject=subject, number=number, what=both(f"{_AREA}.{key}", **values))


def _sorted(rows: Iterable[ReconciliationRow]) -> tuple[ReconciliationRow, ...]:
    """Sort by subject, 管理番号 and sentence."""
    return tuple(sorted(rows, key=lambda r: (r.subject, r.number, r.what.en)))
