"""Tells when two subjects mean the same: any address of a device stands for the device."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from lab.scoring.documents import Point as ReportPoint
from lab.scoring.documents import Report, TruePoint, TrueService
from lab.scoring.documents import Service as ReportService

STRUCTURAL_KINDS: Final = frozenset({"K1", "K2", "K3", "K4", "K6", "K7", "K8", "K9", "K13", "K14", "K15", "K17"})
"""Kinds that make a point; the others say what it is for (K5, K10, K11, K12, K16) or that nobody knows (K18)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """`service:192.0.2.1/tcp/443` in its parts."""

    type: str
    address: str
    rest: str

    @classmethod
    def parse(cls, subject: str) -> Subject:
        """Split a subject; the address comes in its one form."""
        kind, _, target = subject.partition(":")
        address, _, rest = target.partition("/")
        with contextlib.suppress(ValueError):  # `@L-3`, or no address at all as in `facility`
            address = str(ip_address(address))
        return cls(kind, address, rest)


def share_kind(left: Iterable[str], right: Iterable[str]) -> bool:
    """Tell whether the kinds of two points agree: in how they are built, and in anything where one doesn't say that.

    Source: ADR 0021. A device may have a line and a tunnel for one purpose, which are two points.
    """
    lefts, rights = frozenset(left), frozenset(right)
    if lefts & STRUCTURAL_KINDS and rights & STRUCTURAL_KINDS:
        return bool(lefts & rights & STRUCTURAL_KINDS)
    return bool(lefts & rights)


class Devices:
    """Which addresses and points belong together, as the report says."""

    def __init__(self, report: Report) -> None:
        """Index the assets and points of the report."""
        self._assets: dict[str, frozenset[str]] = {}
        for asset in report.assets:
            for address in asset.addresses:
                self._assets[address] = self._assets.get(address, frozenset()) | {asset.id}
        self._kinds = {point.id: frozenset(point.kinds) for point in report.connection_points}

    def are_one(self, left: str, right: str) -> bool:
        """Tell whether two addresses are the same device's."""
        return left == right or bool(self._assets.get(left, frozenset()) & self._assets.get(right, frozenset()))

    def match(self, truth: str, reported: str) -> bool:
        """Tell whether two subjects mean the same thing."""
        left, right = Subject.parse(truth), Subject.parse(reported)
        if left.type != right.type or not self.are_one(left.address, right.address):
            return False
        if left.rest == right.rest:
            return True
        # A point has several kinds, and its id names one of them: any of them names the point.
        return left.type == "point" and left.rest in self._kinds.get(reported, frozenset())

    def holds_point(self, truth: TruePoint, point: ReportPoint) -> bool:
        """Tell whether a reported point is the true one: same device, and kinds that agree."""
        if truth.at.startswith("@"):
            is_there = point.id.partition(":")[2].partition("/")[0] == truth.at
        else:
            is_there = point.asset in self._assets.get(truth.at, frozenset()) or any(
                self.are_one(truth.at, address) for address in point.addresses
            )
        return is_there and share_kind(truth.kinds, point.kinds)

    def holds_service(self, truth: TrueService, service: ReportService) -> bool:
        """Tell whether a reported service is the true one: same device, transport and port."""
        is_port = (truth.transport, truth.port) == (service.transport, service.port)
        return is_port and self.are_one(truth.at, service.address)
