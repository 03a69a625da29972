"""Is the product that a device runs still maintained by its maker.

Pass: product and version match a release line whose end of support lies ahead or is not set.
Fail: they match a release line whose end of support has passed at the time of the snapshot.
Unknown: product or version was not observed, no data were imported, the data don't know the product or line, a
distribution maintains it as its package, or a device shows itself as products of several makers and not all fare alike.
Source: docs/topics.md, firmware.eol; release lines in profiles/lifecycle (endoflife.date, dated there).
Limits: judges the maker's dates, of a distribution those of its regular support; a contract for a longer one (ESM, ELS)
and the work of volunteers (LTS) are not seen from outside.
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
    version=3,
    topic="firmware.eol",
    observes=Lifecycle,
    severity=Severity.HIGH,
    act=Actor.VENDOR,
    params=NoParams,
)
def supported(seen: Sequence[Observation[Lifecycle]], _: NoParams) -> Verdict | None:
    """Judge every product recognised on one host; one that is out of support is enough.

    A device that shows itself as several things that can't be true at once is judged only where all of them agree.
    """
    rivals = [o for o in seen if o.value.one_of]
    if len({_judge(o).judgement for o in rivals}) < 2:  # noqa: PLR2004 - whichever it is, the verdict is the same
        return judge_each(seen, _judge)
    return judge_each(seen, lambda o: _contradicted(o) if o.value.one_of else _judge(o))


def _contradicted(seen: Observation[Lifecycle]) -> Verdict:
    """Say that nobody knows which of several products a device is."""
    return Verdict(Judgement.UNKNOWN, "contradiction", seen.evidence, (("products", ", ".join(seen.value.one_of)),))


def _judge(seen: Observation[Lifecycle]) -> Verdict:
    """Judge one product and version by its release line."""
    line = seen.value
    values = (
        ("product", f"{line.vendor} {line.product}".strip()),
        ("version", line.version),
        ("cycle", line.cycle),
        ("date", line.eol.date().isoformat() if line.eol else "–"),
        ("data", ", ".join(f"{name} {date}" for name, date in line.data_dates)),
        *((("packager", line.packager),) if line.packager else ()),
    )
    if not (line.product and line.version and line.cycle) or line.packager:
        reason = (
            "product_not_seen"
            if not line.product
            else "version_not_seen"
            if not line.version
            else "packaged"
            if line.packager
            else "line_not_in_data"
            if line.known
            else "not_in_data"
        )
        return Verdict(Judgement.UNKNOWN, reason, seen.evidence, values)
    if line.eol is None:
        return Verdict(Judgement.PASS, "open", seen.evidence, values, Confidence.MEDIUM)
    # the last day of support still counts as supported
    if seen.taken_at.date() > line.eol.date():
        return Verdict(Judgement.FAIL, "ended", seen.evidence, values, Confidence.MEDIUM)
    return Verdict(Judgement.PASS, "supported", seen.evidence, values, Confidence.MEDIUM)
