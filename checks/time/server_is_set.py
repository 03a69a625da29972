"""Does a network device take its time from a server.

Pass: never from a configuration alone; it takes the offset of its clock.
Fail: the configuration names no time server.
Unknown: it names one and the offset was not measured, or a line of that part was not understood.
Source: docs/topics.md, time.sync.
Limits: whether the server answers, and whether it is right, is not seen here.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.config_facts import ConfigTime
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="time.server-is-set",
    version=1,
    topic="time.sync",
    observes=ConfigTime,
    severity=Severity.LOW,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def server_is_set(seen: Sequence[Observation[ConfigTime]], _: NoParams) -> Verdict | None:
    """Judge the configurations of one device; the worst counts."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[ConfigTime]) -> Verdict:
    """Judge one configuration."""
    if seen.value.servers:
        values = (("servers", ", ".join(seen.value.servers)),)
        return Verdict(Judgement.UNKNOWN, "offset_not_measured", seen.evidence, values)
    if not seen.value.complete:
        return Verdict(Judgement.UNKNOWN, "not_understood", seen.evidence)
    return Verdict(Judgement.FAIL, "no_server", seen.evidence)
