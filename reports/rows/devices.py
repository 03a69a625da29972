"""Rows of the reconciliation of devices and lines with the registers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from reports.edition import Edition
from reports.inert import visible
from reports.order import subject_key
from reports.register import DeviceState, Reconciled, reconciled
from reports.rows.marks import Mark, Tally, device_mark
from sekisho.model.report import AssetPart, FindingPart


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device or line in words, one line of a cell each where there are several.

    differences: what register and observation disagree about.
    """

    subject: str
    name: str
    state: Mark
    differences: tuple[str, ...]
    addresses: str
    macs: str
    product: str
    version: str
    category: str
    register_numbers: tuple[str, ...]
    location: str
    tier: str
    tier_reason: str
    origins: tuple[str, ...]
    tally: Tally
    evidence: tuple[str, ...]


def device_rows(edition: Edition) -> tuple[DeviceRow, ...]:
    """Give all devices and lines: differences first, then by address."""
    by_subject: dict[str, list[FindingPart]] = defaultdict(list)
    for finding in edition.order.findings:
        by_subject[_host_of(finding.subject)].append(finding)
    states = list(DeviceState)
    found = sorted(reconciled(edition.report), key=lambda r: (states.index(r.state), subject_key(r.subject)))
    return tuple(_row(edition, item, by_subject) for item in found)


def _host_of(subject: str) -> str:
    """Give the host that a service or point stands on, else the subject itself."""
    kind, _, rest = subject.partition(":")
    return f"host:{rest.partition('/')[0]}" if kind == "service" else subject


def _row(edition: Edition, item: Reconciled, by_subject: dict[str, list[FindingPart]]) -> DeviceRow:
    """Print one device or line."""
    words, asset = edition.words, item.asset
    own = (
        (item.subject,) if asset is None else tuple(dict.fromkeys((asset.id, *(f"host:{a}" for a in asset.addresses))))
    )
    return DeviceRow(
        subject=item.subject,
        name=edition.names.asset(asset) if asset else edition.names.subject(item.subject),
        state=device_mark(edition, item.state),
        differences=tuple(words.text(what) for what in item.what),
        addresses=words.join(asset.addresses) if asset else words("none"),
        macs=words.join(asset.macs) if asset else words("none"),
        product=words.free(f"{asset.vendor} {asset.product}".strip()) if asset else words("none"),
        version=words.free(asset.version) if asset else words("none"),
        category=words.name("category", asset.category or "unclear") if asset else words("category.line"),
        register_numbers=_numbers(edition, item),
        location=words.free(asset.location) if asset else words("none"),
        tier=words.name("tier", asset.tier) if asset else words("none"),
        tier_reason=words.text(asset.tier_reason) if asset else "",
        origins=_origins(edition, asset.origins) if asset else (),
        tally=Tally.of(tuple(f for s in own for f in by_subject[s])),
        evidence=_evidence(asset, tuple(f for s in own for f in by_subject[s])),
    )


def _numbers(edition: Edition, item: Reconciled) -> tuple[str, ...]:
    """Print the numbers of a device's rows, and below them those of the lines that end at it."""
    words = edition.words
    points = edition.report.connection_points
    ends = {n for p in points if item.asset is not None and p.asset == item.asset.id for n in p.numbers}
    lines = tuple(words("subject.line", number=visible(n)) for n in item.numbers if n in ends or item.asset is None)
    own = tuple(visible(n) for n in item.numbers if n not in ends and item.asset is not None)
    return (*own, *lines)


def _origins(edition: Edition, origins: tuple[str, ...]) -> tuple[str, ...]:
    """Print where a device's cells come from: register cells, what its answers showed, devices it may be one with."""
    words = edition.words
    by: dict[str, list[str]] = {"": [], "fingerprint": [], "possibly_same": []}
    for origin in origins:
        kind, _, rest = origin.partition(":")
        by[kind if kind in by else ""].append(rest if kind in by else origin)
    traits = by["fingerprint"]
    key = "origin.fingerprint" if len(traits) > 1 else "origin.fingerprint_one"
    found = [visible(cell) for cell in by[""]]
    found += [words(key, count=len(traits), first=visible(traits[0]))] if traits else []
    found += [words("origin.possibly_same", subject=edition.names.subject(s)) for s in by["possibly_same"]]
    return tuple(found)


def _evidence(asset: AssetPart | None, findings: tuple[FindingPart, ...]) -> tuple[str, ...]:
    """Give the device's own evidence, else that of the findings on the subject."""
    if asset is not None and asset.evidence:
        return asset.evidence
    return tuple(dict.fromkeys(e for f in findings for e in f.evidence))
