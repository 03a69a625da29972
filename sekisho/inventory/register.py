"""Devices and lines held against the registers (docs/topics.md, Register)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sekisho.inventory.assets import Asset
from sekisho.inventory.declared import RETIRED, Terminal
from sekisho.inventory.reach import Reach
from sekisho.inventory.words import host_label, maker, version_numbers, versions_agree
from sekisho.model.engagement import DeclaredDevice, RowState
from sekisho.model.facts import LineMatch, RegisterMatch

_FIRMWARE_OF: Final = frozenset({"network", "printer", "facility", "iot", "nas"})
"""Categories whose cell バージョン means the firmware; on a server it may mean the application, the OS or a package."""


def register_match(asset: Asset, reach: Reach) -> RegisterMatch:
    """Hold one device against the registers.

    asked speaks of all addresses of its device rows: if one of them could not be asked, its silence says nothing.
    """
    stated = {a for r in asset.rows for a in r.addresses} or set(asset.addresses)
    compared, mismatches = compare(asset)
    return RegisterMatch(
        declared=asset.declared,
        observed=asset.observed,
        asked=stated <= reach.asked if not asset.observed else bool(set(asset.addresses) & reach.asked),
        numbers=asset.numbers,
        state=state_of(asset.rows).value,
        mismatches=mismatches,
        compared=compared,
        device_row=bool(asset.rows),
        by_refusal=_by_refusal(asset, reach),
    )


def state_of(rows: Iterable[DeclaredDevice]) -> RowState:
    """Give the state that counts when several rows name a device: in use before unknown before retired."""
    states = {r.state for r in rows}
    order = (RowState.IN_USE, RowState.UNKNOWN, RowState.STOPPED, RowState.DISPOSED)
    return next((s for s in order if s in states), RowState.UNKNOWN)


def compare(asset: Asset) -> tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]:
    """Compare the cells that have an observed counterpart: give the fields compared, and those that contradict.

    With several rows a cell contradicts only if it contradicts in every row that fills it.
    """
    observed = tuple(_observed(asset))
    compared: list[str] = []
    mismatches: list[tuple[str, str, str]] = []
    for name, declared, seen, agree in observed:
        if name in compared:
            continue
        same = [o for o in observed if o[0] == name]
        compared.append(name)
        if not any(o[3] for o in same) and not agree:
            mismatches.append((name, declared, seen))
    return tuple(sorted(compared)), tuple(sorted(mismatches))


def _observed(asset: Asset) -> Iterator[tuple[str, str, str, bool]]:
    """Give (field, cell, observed, agree) for every cell that can be compared."""
    product = asset.product
    for row in asset.rows:
        if row.macs and asset.macs:
            agree = bool({m.lower() for m in row.macs} & set(asset.macs))
            yield "mac", ", ".join(row.macs), ", ".join(asset.macs), agree
        if host_label(row.hostname) and asset.names:
            yield "hostname", row.hostname, ", ".join(asset.names), host_label(row.hostname) in asset.names
        if product is None:
            continue
        stated, shown = maker(row.maker), maker(product.vendor)
        if stated and shown:  # a dealer's name in the cell is no contradiction
            yield "vendor", row.maker, product.vendor, stated == shown
        firmware = (row.category or product.category) in _FIRMWARE_OF
        if firmware and version_numbers(row.version) and version_numbers(product.version):
            yield "version", row.version, product.version, versions_agree(row.version, product.version)


def line_match(terminal: Terminal, asset: Asset | None, reach: Reach) -> LineMatch:
    """Hold one line against what was seen of its terminal device; without one it was neither asked nor seen."""
    line = terminal.line
    return LineMatch(
        number=line.number,
        kinds=line.kinds,
        observed=asset is not None and asset.observed,
        asked=terminal.address in reach.asked,
        state=line.state.value,
        remote_maintenance=line.remote_maintenance,
        source_restriction=line.source_restriction,
        owner=line.owner,
        counterpart=line.counterpart,
        by_refusal=asset is not None and _by_refusal(asset, reach),
    )


def _by_refusal(asset: Asset, reach: Reach) -> bool:
    """Tell whether a device was seen by resets alone, at whichever of its addresses."""
    return asset.observed and set(asset.addresses) & reach.seen <= reach.by_refusal


def is_missing(match: RegisterMatch | LineMatch) -> bool:
    """Tell whether a row in use was asked for and nothing answered."""
    return match.asked and not match.observed and match.state not in RETIRED
