"""Is the version that a device runs free of the vulnerabilities in the imported data.

Pass: the data hold complete ranges of every listed vulnerability of the product, and the version lies outside all.
Fail: the version lies inside a known range.
Unknown: product or version not observed, the product not in the data, a range too vague to tell (absence is never
safety), or a distribution maintains it as its package.
Source: docs/topics.md, firmware.vulnerable; version ranges in profiles/lifecycle (dated there).
Limits: speaks for the imported vulnerabilities alone, at present those known to be exploited; other holes of the same
product are not in the data, and a mended version that keeps its number can't be told apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.firmware.ranges import by_ranges, cves_of, values_of
from checks.folding import judge_each
from sekisho.model.facts import Lifecycle
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="firmware.not-vulnerable",
    version=3,
    topic="firmware.vulnerable",
    observes=Lifecycle,
    severity=Severity.HIGH,
    act=Actor.VENDOR,
    params=NoParams,
)
def not_vulnerable(seen: Sequence[Observation[Lifecycle]], _: NoParams) -> Verdict | None:
    """Judge every product recognised on one host; one hit is enough."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[Lifecycle]) -> Verdict:
    """Judge one product and version by the ranges in the data."""
    line = seen.value
    if not line.product or not line.version:
        reason = "version_not_seen" if line.product else "product_not_seen"
        return Verdict(Judgement.UNKNOWN, reason, seen.evidence, values_of(line), cves=cves_of(line))
    if not line.exploited:
        return Verdict(Judgement.UNKNOWN, "not_in_data", seen.evidence, values_of(line))
    return by_ranges(seen, "affected")
