"""Does a DICOM service refuse an association with a caller that nobody registered.

Pass: never; a title is a name that anybody may claim, so a refusal for it is no log-in.
Fail: an association under an unknown calling title was accepted.
Unknown: it was rejected or aborted, for the title or for another reason.
Source: docs/topics.md, service.unauthenticated; DICOM PS3.8 9.3.4 (reasons of a rejection), read 2026-11-21.
Limits: only services that a consent let us ask (`dicom_associate`, ADR 0037). Verification alone was negotiated:
whether images would be sent to such a caller is not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from checks.folding import judge_each
from sekisho.model.clinical_facts import DicomAssociation
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check

_BY_TITLE: Final = frozenset({"calling_title", "called_title"})
"""Either is said to a caller who is not in the list; which one, servers choose (DCMTK's archive blames the called)."""


@check(
    id="services.caller-is-checked",
    version=1,
    topic="service.unauthenticated",
    observes=DicomAssociation,
    severity=Severity.MEDIUM,
    act=Actor.VENDOR,
    params=NoParams,
)
def caller_is_checked(seen: Sequence[Observation[DicomAssociation]], _: NoParams) -> Verdict | None:
    """Judge one DICOM service."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[DicomAssociation]) -> Verdict:
    """Judge one answer."""
    if seen.value.answer == "accepted":
        return Verdict(Judgement.FAIL, "any_caller", seen.evidence)
    reason = "by_title" if seen.value.reason in _BY_TITLE else "refused"
    return Verdict(Judgement.UNKNOWN, reason, seen.evidence)
