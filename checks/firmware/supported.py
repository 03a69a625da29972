"""Is the product that a device runs still maintained by its maker.

Pass: product and version match a release line whose end of support lies ahead or is not set.
Fail: they match a release line whose end of support has passed at the time of the snapshot.
Unknown: product or version was not observed, no data were imported, or the data don't know the product or line.
Source: docs/topics.md, firmware.eol; release lines in profiles/lifecycle (endoflife.date, dated there).
Limits: judges the maker's dates; a distributor that keeps mending an old version is not seen in a banner.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import judge_each
from sekisho.model.facts import Lifecycle
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Confidence, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="firmware.supported",
    version=1,
    topic="firmware.eol",
    observes=Lifecycle,
    severity=Severity.HIGH,
    act=Actor.VENDOR,
    params=NoParams,
)
def supported(seen: Sequence[Observation[Lifecycle]], _: NoParams) -> Verdict | None:
    """Judge every product recognised on one host; one that is out of support is enough."""
    return judge_each(seen, _judge)


def _judge(seen: Observation[Lifecycle]) -> Verdict:
    """Judge one product and version by its release line."""
    line = seen.value
    values = (
        ("product", f"{line.vendor} {line.product}".strip()),
        ("version", line.version),
        ("cycle", line.cycle),
        ("date", line.eol.date().isoformat() if line.eol else "–"),
        ("data", ", ".join(f"{name} {date}" for name, date in line.data_dates)),
    )
    if not line.product or not line.version:
        reason = "version_not_seen" if line.product else "product_not_seen"
        return Verdict(Judgement.UNKNOWN, reason, seen.evidence, values)
    if not line.known:
        return Verdict(Judgement.UNKNOWN, "not_in_data", seen.evidence, values)
    if not line.cycle:
        return Verdict(Judgement.UNKNOWN, "line_not_in_data", seen.evidence, values)
    if line.eol is None:
        return Verdict(Judgement.PASS, "open", seen.evidence, values, Confidence.MEDIUM)
    # the last day of support still counts as supported
    if seen.taken_at.date() > line.eol.date():
        return Verdict(Judgement.FAIL, "ended", seen.evidence, values, Confidence.MEDIUM)
    return Verdict(Judgement.PASS, "supported", seen.evidence, values, Confidence.MEDIUM)
