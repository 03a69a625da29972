"""How a recognised version is held against the ranges of the vulnerabilities in the imported data."""

from __future__ import annotations

from sekisho.model.facts import Lifecycle
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Confidence, Judgement, Verdict


def cves_of(line: Lifecycle) -> tuple[str, ...]:
    """Give the vulnerabilities whose range holds the version, else all that name the product."""
    return tuple(sorted(line.affecting or line.exploited))


def values_of(line: Lifecycle) -> tuple[tuple[str, str], ...]:
    """Give the values of the sentences about one product."""
    return (
        ("product", f"{line.vendor} {line.product}".strip()),
        ("version", line.version),
        ("cves", ", ".join(cves_of(line))),
        ("data", ", ".join(f"{name} {date}" for name, date in line.data_dates)),
    )


def by_ranges(seen: Observation[Lifecycle], inside: str) -> Verdict:
    """Judge a product with known version and at least one vulnerability in the data.

    Takes: inside, the key of the sentence for a version inside a range.
    """
    line = seen.value
    values, cves = values_of(line), cves_of(line)
    if line.packager:  # mended without raising the number: neither inside nor outside a range proves anything
        named = (*values, ("packager", line.packager))
        return Verdict(Judgement.UNKNOWN, "packaged", seen.evidence, named, cves=cves)
    if line.version_affected == "yes":
        return Verdict(Judgement.FAIL, inside, seen.evidence, values, Confidence.MEDIUM, cves)
    if line.version_affected == "no":
        return Verdict(Judgement.PASS, "outside_ranges", seen.evidence, values, Confidence.MEDIUM)
    return Verdict(Judgement.UNKNOWN, "range_not_known", seen.evidence, values, cves=cves)
