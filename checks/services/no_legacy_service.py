"""Is a legacy or needless service left on.

Pass: the service was identified and is not on the legacy list, or the device's row names it.
Fail: it was identified, stands on the list, and no row names it for this device.
Unknown: the port is open and the service was not identified; a port number identifies nothing.
Source: docs/topics.md, service.unneeded; the list stands in profiles/services/legacy.toml.
Limits: sees what listens on the network at the time of the survey; software that only runs is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from checks.folding import judge_each
from sekisho.model.facts import ServiceNeed
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check

_UNIDENTIFIED: Final = frozenset({"", "unknown", "silent"})


@check(
    id="services.no-legacy-service",
    version=1,
    topic="service.unneeded",
    observes=ServiceNeed,
    severity=Severity.MEDIUM,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def no_legacy_service(seen: Sequence[Observation[ServiceNeed]], _: NoParams) -> Verdict | None:
    """Judge one open service."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[ServiceNeed]) -> Verdict:
    """Judge one open service by the list and the register."""
    service = seen.value
    values = (("protocol", service.protocol),)
    if service.protocol in _UNIDENTIFIED:
        return Verdict(Judgement.UNKNOWN, "not_identified", seen.evidence)
    if not service.legacy:
        return Verdict(Judgement.PASS, "not_legacy", seen.evidence, values)
    if service.declared:
        return Verdict(Judgement.PASS, "declared", seen.evidence, values)
    return Verdict(Judgement.FAIL, "legacy", seen.evidence, values)
