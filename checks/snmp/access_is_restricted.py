"""Are community and rights of an SNMP agent restricted.

Pass: never from outside; it takes the agent's configuration, which says read-only and filtered.
Fail: the agent answers to a community that makers ship (public, private).
Unknown: only that the declared community works is known.
Source: docs/topics.md, snmp.access.
Limits: no community but the declared one is tried; write access is never tried, and from where the agent answers is
another question.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import evidence_of
from sekisho.model.facts import SnmpSystem
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="snmp.access-is-restricted",
    version=1,
    topic="snmp.access",
    observes=SnmpSystem,
    severity=Severity.HIGH,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def access_is_restricted(seen: Sequence[Observation[SnmpSystem]], _: NoParams) -> Verdict:
    """Judge all answers of one agent; one to a default community is enough."""
    default = [o for o in seen if o.value.default_community]
    if default:
        return Verdict(Judgement.FAIL, "default_community", evidence_of(default))
    return Verdict(Judgement.UNKNOWN, "declared_community_works", evidence_of(seen))
