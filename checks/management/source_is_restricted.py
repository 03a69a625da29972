"""Does a management service answer only to those who are meant to reach it.

Pass: it answered only at vantages that an access row permits, and at least one other vantage tried it in vain while
a control showed that it was up.
Fail: it answered at a vantage that no access row permits; without a row nobody but the host itself is meant.
Unknown: it answered at permitted vantages only and no other tried it, or those who tried it in vain did so when it may
have been down; a usual management port (22, 23, 161, 3389, 5900, 8291, of remote control), or any port of an appliance
or of a device nobody knows, is open and was not identified; a web page there may administer the device, and nothing
showed whether.
Source: docs/topics.md, management.exposure.
Limits: speaks for the vantages used; a source address between them may still be let in. What a log-in would allow is
never tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from checks.folding import judge_each
from sekisho.model.facts import ServiceExposure
from sekisho.model.observations import Observation
from sekisho.model.subjects import endpoint_of
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check

_UNIDENTIFIED: Final = frozenset({"", "unknown", "silent"})
_MANAGEMENT_BY_HABIT: Final = frozenset({
    22, 23, 161, 3389, 5900, 8291, 4899, 5938, 6129, 6568, 6783, 7070, 21118,
})  # fmt: skip
"""Ports that mostly carry a management service (docs/topics.md, management.exposure)."""


@check(
    id="management.source-is-restricted",
    version=6,
    topic="management.exposure",
    observes=ServiceExposure,
    severity=Severity.HIGH,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def source_is_restricted(seen: Sequence[Observation[ServiceExposure]], _: NoParams) -> Verdict | None:
    """Judge one service; what is identified as no management service gets no finding."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[ServiceExposure]) -> Verdict | None:
    """Judge one service by where it answered and who is meant."""
    service = seen.value
    if not service.management:
        return _doubtful(seen)
    meant = frozenset(service.meant_from)
    stray = tuple(sorted(set(service.answered_from) - meant))
    if stray:
        reason = "answers_others" if service.access_stated else "nobody_is_meant"
        return Verdict(Judgement.FAIL, reason, seen.evidence, (("vantages", ", ".join(stray)),))
    if not service.answered_from:
        return Verdict(Judgement.UNKNOWN, "answered_nowhere", seen.evidence)
    values = (("vantages", ", ".join(sorted(service.answered_from))),)
    refused = tuple(sorted(set(service.silent_from) - meant))
    if not refused and (alone := tuple(sorted(set(service.uncontrolled_from) - meant))):
        return Verdict(Judgement.UNKNOWN, "maybe_down", seen.evidence, (*values, ("silent", ", ".join(alone))))
    if not refused:
        return Verdict(Judgement.UNKNOWN, "no_other_tried", seen.evidence, values)
    return Verdict(Judgement.PASS, "restricted", seen.evidence, (*values, ("refused", ", ".join(refused))))


def _doubtful(seen: Observation[ServiceExposure]) -> Verdict | None:
    """Keep what may be a management service in the report although nothing showed whether it is."""
    if seen.value.perhaps:
        return Verdict(Judgement.UNKNOWN, "page_not_told", seen.evidence)
    endpoint = endpoint_of(seen.subject)
    if seen.value.protocol not in _UNIDENTIFIED or endpoint is None:
        return None
    if endpoint[2] not in _MANAGEMENT_BY_HABIT and not seen.value.appliance:
        return None
    return Verdict(Judgement.UNKNOWN, "not_identified", seen.evidence, (("port", str(endpoint[2])),))
