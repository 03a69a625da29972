"""Does a network device send its log to somewhere that outlives it.

Pass: the configuration names a host that the log is sent to.
Fail: it names none: the log is kept in the device alone, where a restart or an intruder ends it.
Unknown: a line of that part of the configuration was not understood.
Source: docs/topics.md, log.record.
Limits: whether the other end keeps what it is sent, and how long, is not seen here.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.config_facts import ConfigLogging
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="log.record-is-forwarded",
    version=1,
    topic="log.record",
    observes=ConfigLogging,
    severity=Severity.MEDIUM,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def record_is_forwarded(seen: Sequence[Observation[ConfigLogging]], _: NoParams) -> Verdict | None:
    """Judge the configurations of one device; the worst counts."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[ConfigLogging]) -> Verdict:
    """Judge one configuration."""
    if seen.value.hosts:
        return Verdict(Judgement.PASS, "forwarded", seen.evidence, (("hosts", ", ".join(seen.value.hosts)),))
    if not seen.value.complete:
        return Verdict(Judgement.UNKNOWN, "not_understood", seen.evidence)
    return Verdict(Judgement.FAIL, "kept_nowhere_else", seen.evidence)
