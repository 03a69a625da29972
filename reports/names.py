"""Names of subjects for people: a device by its name, a service by device and port, never a bare id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.inert import visible
from reports.words import Words
from sekisho.model.report import AssetPart, ConnectionPointPart, Report, ServicePart


@dataclass(frozen=True, slots=True)
class Names:
    """Looks subjects up in one report."""

    words: Words
    facility: str
    assets: Mapping[str, AssetPart]
    points: Mapping[str, ConnectionPointPart]
    services: Mapping[str, ServicePart]
    by_address: Mapping[str, AssetPart]

    @classmethod
    def of(cls, report: Report, words: Words) -> Names:
        """Index a report."""
        return cls(
            words=words,
            facility=visible(report.engagement.facility),
            assets={a.id: a for a in report.assets},
            points={p.id: p for p in report.connection_points},
            services={s.id: s for s in report.services},
            by_address={address: a for a in report.assets for address in a.addresses},
        )

    def subject(self, subject: str) -> str:
        """Name any subject; an address follows the name, so that nobody has to look it up."""
        kind, _, rest = subject.partition(":")
        if kind == "service":
            return self._service(rest)
        if kind == "host":
            return self._with_address(rest)
        if kind == "point":
            return self._point(subject, rest)
        return self.words.name("item_subject", subject)

    def asset(self, asset: AssetPart) -> str:
        """Name a device: host name, else maker and product, else what kind of device it is."""
        product = " ".join(p for p in (asset.vendor, asset.product) if p)
        if asset.hostname and product:
            return visible(f"{asset.hostname} {product}")
        if asset.hostname or product:
            return visible(asset.hostname or product)
        return self.words.name("category", asset.category or "unclear")

    def point(self, point: ConnectionPointPart) -> str:
        """Name a connection point: its own name, else the other end, else its kinds."""
        return visible(point.name or point.counterpart) or self.words.names("kind", point.kinds)

    def _with_address(self, address: str) -> str:
        """Name the device at an address."""
        asset = self.by_address.get(address)
        if asset is None:
            return visible(address)
        return self.words("subject.host", name=self.asset(asset), address=visible(address))

    def _service(self, rest: str) -> str:
        """Name a service: `ADDR/tcp/443`."""
        address, _, endpoint = rest.partition("/")
        transport, _, port = endpoint.partition("/")
        end = visible(f"{transport.upper()} {port}")
        return self.words("subject.service", host=self._with_address(address), endpoint=end)

    def _point(self, subject: str, rest: str) -> str:
        """Name a connection point by its row, else by what its id says."""
        known = self.points.get(subject)
        if known is not None:
            where = visible(next(iter(known.addresses), "")) or visible(rest.partition("/")[0])
            return self.words("subject.point", name=self.point(known), where=where)
        address, _, kind = rest.partition("/")
        if address.startswith("@"):
            return self.words("subject.line", number=visible(address[1:]))
        return self.words("subject.point", name=self.words.name("kind", kind), where=visible(address))
