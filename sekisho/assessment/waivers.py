"""Waivers held against the report: what is accepted for now, what has run out, what fits nothing (docs/adr/0015)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from sekisho.assessment.judge import Judged
from sekisho.assessment.profile import Checklist
from sekisho.model.engagement import DeclaredWaiver
from sekisho.model.report import WaiverPart
from sekisho.model.run import RunRecord

_FACILITY: Final = "facility"


@dataclass(frozen=True, slots=True)
class Waivers:
    """The waivers of a run. subjects: what each is about, by target; targets that fit nothing have none."""

    valid: Mapping[str, DeclaredWaiver]
    expired: tuple[DeclaredWaiver, ...]
    subjects: Mapping[str, str]

    @property
    def unmatched(self) -> tuple[str, ...]:
        """Give the targets that are neither a finding of this report nor an item of its checklists, sorted."""
        return tuple(sorted(t for t in self.valid if t not in self.subjects))

    def of(self, item: str, findings: Iterable[str]) -> str | None:
        """Give the ids of the valid waivers of an item and of its findings, joined; None where there are none."""
        return ", ".join(t for t in (item, *sorted(findings)) if t in self.valid) or None

    def parts(self) -> tuple[WaiverPart, ...]:
        """Give all waivers, sorted by id; an expired one is shown as such."""
        valid = (_part(w, self.subjects, expired=False) for w in self.valid.values())
        expired = (_part(w, self.subjects, expired=True) for w in self.expired)
        return tuple(sorted((*valid, *expired), key=lambda w: w.id))


def waivers(record: RunRecord, checklists: Iterable[Checklist], judged: Sequence[Judged]) -> Waivers:
    """Sort the engagement's waivers; the day that counts is that of the run, at the facility."""
    today = record.taken_at.astimezone(ZoneInfo(record.engagement.facility.timezone)).date()
    stated = sorted(record.engagement.waivers, key=lambda w: w.target)
    about = {f"{c.id}:{i.id}": _FACILITY for c in checklists for i in c.items}
    about |= {j.id: j.finding.subject for j in judged}
    return Waivers(
        valid={w.target: w for w in stated if w.expires >= today},
        expired=tuple(w for w in stated if w.expires < today),
        subjects={w.target: about[w.target] for w in stated if w.target in about},
    )


def _part(waiver: DeclaredWaiver, subjects: Mapping[str, str], *, expired: bool) -> WaiverPart:
    """Give one waiver as the report has it."""
    return WaiverPart(
        id=waiver.target,
        subject=subjects.get(waiver.target, _FACILITY),
        justification=waiver.justification,
        approver=waiver.approver,
        expires=waiver.expires.isoformat(),
        expired=expired,
    )
