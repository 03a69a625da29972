"""Running the checks: one finding per check, parameters and subject; a crash is a finding, never a missing row."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from sekisho.assessment.plan import Planned
from sekisho.assessment.survey import Survey
from sekisho.assessment.unsettled import Unsettled, unsettled
from sekisho.assessment.wording import Vocabulary, Wording, policy_text
from sekisho.messages import SPACE
from sekisho.messages.both import both
from sekisho.model.observations import Observation
from sekisho.model.report import Text
from sekisho.model.subjects import Subject
from sekisho.model.verdicts import Confidence, Finding, Judgement, Verdict

_LOG = logging.getLogger(__name__)
_AREA: Final = "assessment.finding"
_CHECKS: Final = "checks"


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with its sentences and its id (check and subject; parameters too, where a check runs with several)."""

    id: str
    finding: Finding
    title: Text
    reason: Text
    remediation: Text


def judge(survey: Survey, planned: Sequence[Planned]) -> tuple[Judged, ...]:
    """Run every planned check on every subject that has its kind of fact; sorted by id."""
    found: dict[str, Judged] = {}
    vocabulary = Vocabulary.of(survey)
    for entry in planned:
        given = {name: json.loads(value) for name, value in entry.given}
        basis = policy_text(entry.policy, entry.check.id, given) if entry.policy else None
        for subject in survey.inventory.index.subjects(entry.check.observes):
            items = entry.items(survey.category(subject))
            if items is None:
                continue
            seen = survey.inventory.index.of(entry.check.observes, subject)
            judged = _judge_one(entry, vocabulary.about(entry.check.id, subject), seen, items, basis=basis)
            if judged is not None:
                found[judged.id] = judged
        for blank in unsettled(survey, entry):
            judged = _judge_blank(entry, blank)
            found.setdefault(judged.id, judged)
    return tuple(found[i] for i in sorted(found))


def _judge_one(
    entry: Planned,
    wording: Wording,
    seen: Sequence[Observation[object]],
    items: tuple[str, ...],
    *,
    basis: Text | None,
) -> Judged | None:
    """Judge one subject; None when it has nothing to do with the question."""
    check, subject = entry.check, wording.subject
    evidence = tuple(sorted({e for o in seen for e in o.evidence}))
    try:
        verdict = check.judge(seen, entry.params)
        if verdict is None:
            return None
        said = wording.text(f"{_CHECKS}.{check.id}.{verdict.reason}", verdict.values)
        reason = said if basis is None else _with_basis(said, basis)
    except Exception as error:  # noqa: BLE001 - the one place of this stage: ERROR in the report, trace in the log
        _LOG.exception("check %s failed on %s", check.id, subject)
        values = (("error", f"{type(error).__name__}: {error}"),)
        verdict = Verdict(Judgement.ERROR, "crashed", evidence, values, Confidence.LOW)
        reason = _sentence(f"{_AREA}.crashed", values)
    return _judged(entry, subject, (verdict, reason), items)


def _judge_blank(entry: Planned, blank: Unsettled) -> Judged:
    """Make the unknown finding of a subject about which the question was asked and nothing was observed."""
    verdict = Verdict(Judgement.UNKNOWN, blank.reason, blank.evidence, blank.values)
    reason = _sentence(f"{_AREA}.{blank.reason}", blank.values)
    return _judged(entry, blank.subject, (verdict, reason), blank.items)


def _judged(entry: Planned, subject: Subject, said: tuple[Verdict, Text], items: tuple[str, ...]) -> Judged:
    """Put a finding together with its sentences."""
    check = entry.check
    verdict, reason = said
    finding = Finding(
        check=check.id,
        check_version=check.version,
        topic=check.topic,
        subject=subject,
        verdict=verdict,
        severity=verdict.severity or check.severity,
        act=check.act,
        params=entry.given,
        items=items,
    )
    suffix = "" if entry.alone else "#" + ",".join(f"{k}={v}" for k, v in entry.given)
    texts = _texts(check.id)
    return Judged(finding.id + suffix, finding, texts["title"], reason, texts["remediation"])


@lru_cache(maxsize=4096)
def _sentence(key: str, values: tuple[tuple[str, str], ...]) -> Text:
    """Give a sentence; many devices share one, and a large report would hold it a thousand times over."""
    return both(key, **dict(values))


@lru_cache(maxsize=4096)
def _with_basis(said: Text, basis: Text) -> Text:
    """Put behind a sentence what the policy asks for."""
    return Text(ja=said.ja + SPACE["ja"] + basis.ja, en=said.en + SPACE["en"] + basis.en)


@cache
def _texts(check: str) -> Mapping[str, Text]:
    """Give a check's title and remediation. Raises: ProfileError when a check has none (a contract test sees to it)."""
    return {name: both(f"{_CHECKS}.{check}.{name}") for name in ("title", "remediation")}
