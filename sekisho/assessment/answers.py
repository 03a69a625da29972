"""Answers to checklist items: findings folded as the design says, hearing answers set beside them.

The state comes from evidence alone; はい・いいえ is the officer's. The order of the rules is the contract: none →
hearing_required; any fail → contradicted; any error, unknown or nothing → undetermined; all not applicable →
not_applicable; else supported.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sekisho.assessment.coverage import NOTHING_OBSERVED, Coverage, coverage
from sekisho.assessment.judge import Judged
from sekisho.assessment.profile import Checklist, Item
from sekisho.assessment.survey import Survey
from sekisho.assessment.waivers import Waivers
from sekisho.messages.both import both
from sekisho.model.engagement import HearingAnswer
from sekisho.model.report import AnswerPart, HearingValue, State, Text, VerifiabilityPart
from sekisho.model.verdicts import Judgement

_NONE: Final = "none"
_HEARING: Final[dict[str, HearingValue]] = {"yes": "yes", "no": "no", "not_applicable": "not_applicable"}


def answers(
    survey: Survey, checklists: Iterable[Checklist], judged: Sequence[Judged], waivers: Waivers
) -> tuple[AnswerPart, ...]:
    """Give one answer per item of the chosen checklists, sorted by checklist and in the checklist's own order."""
    serving: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        for item in one.finding.items:
            serving[item].append(one)
    hearing: dict[tuple[str, str], list[HearingAnswer]] = defaultdict(list)
    for answer in survey.engagement.answers:
        hearing[answer.checklist, answer.item].append(answer)
    folder = _Folder(coverage(survey), waivers, observed_anything=bool(survey.inventory.seen))
    return tuple(
        folder.answer(c, item, serving.get(f"{c.id}:{item.id}", []), hearing.get((c.id, item.id), []))
        for c in sorted(checklists, key=lambda c: c.id)
        for item in c.items
    )


def state_of(verifiability: str, verdicts: Iterable[Judgement], *, observed_anything: bool) -> State:
    """Fold the verdicts of one item into its state; the order of the rules is the design's.

    observed_anything: a run in which no evidence could be read supports nothing and excludes nothing, whatever
    documents say.
    """
    found = set(verdicts)
    if verifiability == _NONE:
        return "hearing_required"
    if Judgement.FAIL in found:
        return "contradicted"
    if not found or found & {Judgement.ERROR, Judgement.UNKNOWN} or not observed_anything:
        return "undetermined"
    if found == {Judgement.NOT_APPLICABLE}:
        return "not_applicable"
    return "supported"


@dataclass(frozen=True, slots=True)
class _Folder:
    """Makes answers from what every item shares."""

    coverage: Coverage
    waivers: Waivers
    observed_anything: bool

    def answer(
        self, checklist: Checklist, item: Item, findings: Sequence[Judged], hearing: Sequence[HearingAnswer]
    ) -> AnswerPart:
        """Fold one item."""
        verdicts = [j.finding.verdict.judgement for j in findings]
        state = state_of(item.verifiability, verdicts, observed_anything=self.observed_anything)
        newest = max(hearing, key=_hearing_order, default=None)
        return AnswerPart(
            checklist=checklist.id,
            item=item.id,
            number=item.number,
            label=item.label,
            subject=item.subject,
            state=state,
            reason=self._reason(state, item, Counter(verdicts)),
            verifiability=VerifiabilityPart.model_validate({"level": item.verifiability, "why": item.why}),
            observed=NOTHING_OBSERVED if item.verifiability == _NONE else self.coverage.of(_categories(item)),
            hearing=_HEARING.get(newest.answer) if newest else None,
            hearing_origin=str(newest.origin) if newest else "",
            conflict=state == "contradicted" and any(h.answer == "yes" for h in hearing),
            target_date=_date(newest.target_date) if newest else None,
            waiver=self.waivers.of(f"{checklist.id}:{item.id}", (j.id for j in findings)),
            findings=tuple(sorted(j.id for j in findings)),
        )

    def _reason(self, state: State, item: Item, counts: Counter[Judgement]) -> Text:
        """Say how the state came about, with the numbers behind it."""
        key = str(state)
        if state == "undetermined":
            key = self._why_undetermined(item, counts)
        elif state == "supported" and item.verifiability == "partial":
            key = "supported_in_part"
        return both(
            f"assessment.answer.{key}",
            failed=counts[Judgement.FAIL],
            open=counts[Judgement.UNKNOWN] + counts[Judgement.ERROR],
            passed=counts[Judgement.PASS],
            total=sum(counts.values()),
        )

    def _why_undetermined(self, item: Item, counts: Counter[Judgement]) -> str:
        """Tell an item without checks, one without findings, a run without evidence and open questions apart."""
        if not item.uses:
            return "no_check"
        if not self.observed_anything:
            return "nothing_observed"
        return "undetermined" if counts else "no_finding"


def _categories(item: Item) -> frozenset[str]:
    """Give the device categories that speak for an item; empty = all."""
    if any(not u.categories for u in item.uses):
        return frozenset()
    return frozenset().union(*(u.categories for u in item.uses))


def _hearing_order(answer: HearingAnswer) -> tuple[date, str, str]:
    """Sort key by which the newest of several answers to one item counts; conflicts are looked for in all."""
    return answer.confirmed or date.min, str(answer.origin), answer.answer


def _date(day: date | None) -> str | None:
    """Write a day as the report does."""
    return day.isoformat() if day else None
