"""Devices behind the terminal devices, joined by category."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reports.edition import Edition
from reports.register import Register, register_state
from reports.rows.marks import Tally
from reports.worst import Worst, worst_of
from sekisho.model.report import AssetPart, FindingPart

Index = Mapping[str, tuple[FindingPart, ...]]
"""Findings by the address of their subject."""
_ORDER: Final = ("server", "pacs", "hl7", "medical", "pc", "network", "network_device", "printer", "facility", "iot")


@dataclass(frozen=True, slots=True)
class System:
    """Devices of one category in one segment. tag: how many stand in no register, "" for none."""

    title: str
    subtitle: str
    tag: str
    worst: Worst


def findings_by_address(edition: Edition) -> Index:
    """Index the findings on hosts and services by their address."""
    found: dict[str, list[FindingPart]] = defaultdict(list)
    for finding in edition.report.findings:
        if address := _address(finding.subject):
            found[address].append(finding)
    return {address: tuple(findings) for address, findings in found.items()}


def systems_of(edition: Edition, assets: Iterable[AssetPart], findings: Index) -> tuple[System, ...]:
    """Join devices by category: clinical servers first, what is of no known kind last."""
    groups: dict[str, list[AssetPart]] = {}
    for asset in assets:
        groups.setdefault(asset.category, []).append(asset)
    order = sorted(groups, key=lambda c: (not c, _ORDER.index(c) if c in _ORDER else len(_ORDER), c))
    return tuple(_system(edition, category, groups[category], findings) for category in order)


def _system(edition: Edition, category: str, assets: list[AssetPart], findings: Index) -> System:
    """Draw one category; one device without any judgement keeps the whole from looking good."""
    words = edition.words
    by_asset = [_findings(asset, findings) for asset in assets]
    tally, undeclared = Tally.of(tuple(f for found in by_asset for f in found)), _undeclared(assets)
    unjudged = sum(not found for found in by_asset)
    return System(
        title=words(
            "overview.systems_count", category=words.name("category", category or "unclear_short"), count=len(assets)
        ),
        subtitle=words.name("verdict", "unjudged")
        if unjudged == len(assets)
        else words(
            "overview.systems_tally", fail=tally.fail, unknown=tally.unknown, passed=tally.passed, unjudged=unjudged
        ),
        tag=words("overview.systems_undeclared", count=undeclared) if undeclared else "",
        worst=min((worst_of(found) for found in by_asset), key=lambda w: w.rank),
    )


def _undeclared(assets: list[AssetPart]) -> int:
    """Count devices in no register."""
    return sum(register_state(a) is Register.UNDECLARED for a in assets)


def _findings(asset: AssetPart, findings: Index) -> tuple[FindingPart, ...]:
    """Give the findings on a device and its services."""
    addresses = dict.fromkeys((asset.id.partition(":")[2], *asset.addresses))
    return tuple(f for address in addresses for f in findings.get(address, ()))


def _address(subject: str) -> str:
    """Give the address of a host or service subject."""
    kind, _, rest = subject.partition(":")
    return rest.partition("/")[0] if kind in {"host", "service"} else ""
