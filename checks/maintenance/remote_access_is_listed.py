"""Is remote-maintenance access that was seen on a device known to the hospital.

Pass: access was seen, and the line register says for one of the device's lines that remote maintenance exists.
Fail: access was seen, and the line register says no, says nothing, or has no line that names the device.
Unknown: no access was seen (device not asked or its services not identified), or no line register was handed over.
Source: docs/topics.md, maintenance.exposure.
Limits: access that only exists during a maintenance session, or that starts from inside (relay software), is not seen
by asking the device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from checks.folding import judge_each
from sekisho.model.facts import RemoteMaintenance
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check

_FAILS: Final = {"no": "declared_without", "unstated": "cell_empty", "unlisted": "device_on_no_line"}


@check(
    id="maintenance.remote-access-is-listed",
    version=3,
    topic="maintenance.exposure",
    observes=RemoteMaintenance,
    severity=Severity.HIGH,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def remote_access_is_listed(seen: Sequence[Observation[RemoteMaintenance]], _: NoParams) -> Verdict | None:
    """Judge one host that carries a way in for maintenance."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[RemoteMaintenance]) -> Verdict | None:
    """Judge one host's access against its lines."""
    found = seen.value
    if not found.seen:
        return Verdict(Judgement.UNKNOWN, "nothing_seen", seen.evidence)
    values = (("seen", ", ".join(found.seen)),)
    if found.declared == "yes":
        return Verdict(Judgement.PASS, "listed", seen.evidence, values)
    if found.declared in _FAILS:
        return Verdict(Judgement.FAIL, _FAILS[found.declared], seen.evidence, values)
    return Verdict(Judgement.UNKNOWN, "no_line_register", seen.evidence, values)
