"""Does every device that answered stand in a register.

Pass: the device was seen, and a row names its address, MAC address or host name.
Fail: the device was seen, and no row names it.
Unknown: never given; an address that was not seen gets no finding, and `limits` says what was not asked.
Source: docs/topics.md, register.undeclared.
Limits: a device that answers nothing at all, or lies outside the scope, is not found by asking.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.facts import RegisterMatch
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="register.device-is-listed",
    version=1,
    topic="register.undeclared",
    observes=RegisterMatch,
    severity=Severity.HIGH,
    act=Actor.HOSPITAL,
    params=NoParams,
)
def device_is_listed(seen: Sequence[Observation[RegisterMatch]], _: NoParams) -> Verdict | None:
    """Judge one host by whether it was seen and whether it is declared."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[RegisterMatch]) -> Verdict | None:
    """Judge one comparison with the registers."""
    match = seen.value
    if not match.observed:
        return None
    if match.declared:
        return Verdict(Judgement.PASS, "listed", seen.evidence, (("numbers", ", ".join(match.numbers)),))
    return Verdict(Judgement.FAIL, "not_listed", seen.evidence)
