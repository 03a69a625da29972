"""Tells when two subjects mean the same: any address of a device stands for the device."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from ipaddress import ip_address

from lab.scoring.documents import Point as ReportPoint
from lab.scoring.documents import Report, TruePoint, TrueService
from lab.scoring.documents import Service as ReportService


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
        """Tell whether a reported point is the true one: same device and at least one kind."""
        if truth.at.startswith("@"):
            is_there = point.id.partition(":")[2].partition("/")[0] == truth.at
        else:
            is_there = point.asset in self._assets.get(truth.at, frozenset()) or any(
                self.are_one(truth.at, address) for address in point.addresses
            )
        return is_there and bool(set(truth.kinds) & set(point.kinds))

    def holds_service(self, truth: TrueService, service: ReportService) -> bool:
        """Tell whether a reported service is the true one: same device, transport and port."""
        is_port = (truth.transport, truth.port) == (service.transport, service.port)
        return is_port and self.are_one(truth.at, service.address)
