"""Register against observation in one word, for connection points and devices alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from sekisho.model.report import AssetPart, ConnectionPointPart, FindingPart, ReconciliationRow, Report, Text


class Register(StrEnum):
    """Where a connection point is known from. REPORTED: told by somebody, in no register and not seen."""

    UNDECLARED = "undeclared"
    UNSEEN = "unseen"
    REPORTED = "reported"
    MATCHED = "matched"


class DeviceState(StrEnum):
    """Result of the reconciliation of one device or line, most urgent first.

    MISSING: asked and silent. UNCONFIRMED: declared and not seen, and nothing says that it was asked.
    RETIRED_…: stopped or disposed of by the register, and answering, not asked, or silent.
    """

    UNDECLARED = "undeclared"
    RETIRED_ALIVE = "retired_alive"
    MISMATCHED = "mismatched"
    MISSING = "missing"
    UNCONFIRMED = "unconfirmed"
    RETIRED_UNASKED = "retired_unasked"
    REPORTED = "reported"
    RETIRED_SILENT = "retired_silent"
    MATCHED = "matched"


class Known(Protocol):
    """Whatever stands in a register or was seen."""

    @property
    def declared(self) -> bool:
        """Tell whether a register names it."""

    @property
    def observed(self) -> bool:
        """Tell whether it was seen."""


_RETIRED: Final = "register.retired_but_alive"
_RETIRED_STATES: Final = {
    "fail": DeviceState.RETIRED_ALIVE, "pass": DeviceState.RETIRED_SILENT, "unknown": DeviceState.RETIRED_UNASKED,
}  # fmt: skip
"""What the finding on a retired device says of it; a report holds the register's state nowhere else."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One device or line with the result. asset: None for what stands in a register only. what: the differences."""

    subject: str
    state: DeviceState
    asset: AssetPart | None
    numbers: tuple[str, ...]
    what: tuple[Text, ...]


def register_state(thing: Known) -> Register:
    """Compare register and observation."""
    if thing.observed:
        return Register.MATCHED if thing.declared else Register.UNDECLARED
    return Register.UNSEEN if thing.declared else Register.REPORTED


def reconciled(report: Report) -> tuple[Reconciled, ...]:
    """Give every device of the report and every further subject of the reconciliation, most urgent first."""
    states = list(DeviceState)
    rows = (*_devices(report), *_others(report))
    return tuple(sorted(rows, key=lambda r: states.index(r.state)))


def findings_of_point(report: Report, point: ConnectionPointPart) -> tuple[FindingPart, ...]:
    """Give the findings a connection point names, and those whose subject it is."""
    named = set(point.findings)
    return tuple(f for f in report.findings if f.id in named or f.subject == point.id)


def _lists(report: Report) -> tuple[tuple[DeviceState, tuple[ReconciliationRow, ...]], ...]:
    """Give the three lists of the report with their state, most urgent first."""
    found = report.reconciliation
    return (
        (DeviceState.UNDECLARED, found.undeclared),
        (DeviceState.MISMATCHED, found.mismatched),
        (DeviceState.MISSING, found.missing),
    )


def _devices(report: Report) -> Iterator[Reconciled]:
    """Reconcile the devices."""
    states = list(DeviceState)
    retired = {
        f.subject: _RETIRED_STATES[f.verdict]
        for f in report.findings
        if f.topic == _RETIRED and f.verdict in _RETIRED_STATES
    }
    for asset in report.assets:
        own = {asset.id, *(f"host:{a}" for a in asset.addresses)}
        named = [(state, row) for state, rows in _lists(report) for row in rows if row.subject in own]
        told = [*(state for state, _ in named), *(retired[s] for s in own if s in retired)]
        state = min(told, key=states.index, default=_state_of(asset))
        yield Reconciled(asset.id, state, asset, asset.numbers, tuple(row.what for _, row in named))


def _state_of(asset: AssetPart) -> DeviceState:
    """Give the state of a device that no list of the reconciliation names."""
    match register_state(asset):
        case Register.UNDECLARED:
            return DeviceState.UNDECLARED
        case Register.UNSEEN:
            return DeviceState.UNCONFIRMED
        case Register.REPORTED:
            return DeviceState.REPORTED
        case Register.MATCHED:
            return DeviceState.MATCHED


def _others(report: Report) -> Iterator[Reconciled]:
    """Give subjects of the reconciliation that are no device of the report: lines, mostly."""
    devices = {s for asset in report.assets for s in (asset.id, *(f"host:{a}" for a in asset.addresses))}
    for state, rows in _lists(report):
        for row in rows:
            if row.subject not in devices:
                yield Reconciled(row.subject, state, None, tuple(n for n in (row.number,) if n), (row.what,))
