"""Devices behind the terminal devices, joined by category."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reports.edition import Edition
from reports.register import Register, register_state
from reports.rows.marks import Tally
from reports.worst import Worst, worst_of
from sekisho.model.report import AssetPart

_ORDER: Final = ("server", "pacs", "hl7", "medical", "pc", "network", "network_device", "printer", "facility", "iot")


@dataclass(frozen=True, slots=True)
class System:
    """Devices of one category in one segment. tag: how many stand in no register, "" for none."""

    title: str
    subtitle: str
    tag: str
    worst: Worst


def systems_of(edition: Edition, assets: Iterable[AssetPart]) -> tuple[System, ...]:
    """Join devices by category: clinical servers first, what is of no known kind last."""
    groups: dict[str, list[AssetPart]] = {}
    for asset in assets:
        groups.setdefault(asset.category, []).append(asset)
    order = sorted(groups, key=lambda c: (not c, _ORDER.index(c) if c in _ORDER else len(_ORDER), c))
    return tuple(_system(edition, category, groups[category]) for category in order)


def _system(edition: Edition, category: str, assets: list[AssetPart]) -> System:
    """Draw one category."""
    words = edition.words
    addresses = {a for asset in assets for a in asset.addresses} | {a.id.partition(":")[2] for a in assets}
    found = tuple(f for f in edition.report.findings if _address(f.subject) in addresses)
    tally, undeclared = Tally.of(found), sum(register_state(a) is Register.UNDECLARED for a in assets)
    return System(
        title=words(
            "overview.systems_count", category=words.name("category", category or "unclear_short"), count=len(assets)
        ),
        subtitle=words("overview.systems_tally", fail=tally.fail, unknown=tally.unknown, passed=tally.passed)
        if found
        else words.name("verdict", "unjudged"),
        tag=words("overview.systems_undeclared", count=undeclared) if undeclared else "",
        worst=worst_of(found),
    )


def _address(subject: str) -> str:
    """Give the address of a host or service subject."""
    kind, _, rest = subject.partition(":")
    return rest.partition("/")[0] if kind in {"host", "service"} else ""
