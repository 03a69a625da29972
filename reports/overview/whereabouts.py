"""In which segment of the scope an address or a device stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from sekisho.model.report import AssetPart, Report

_Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The segments of a report, most specific first."""

    networks: tuple[_Network, ...]

    @classmethod
    def of(cls, report: Report) -> Whereabouts:
        """Read the scope of a report; what is no network is passed over."""
        found = [n for text in report.engagement.include if (n := _network(text)) is not None]
        return cls(tuple(sorted(found, key=lambda n: (-n.prefixlen, n.version, int(n.network_address)))))

    def of_asset(self, asset: AssetPart) -> str:
        """Give the segment of a device, "" when it stands in none."""
        return self.of_addresses(asset.addresses)

    def of_addresses(self, addresses: Iterable[str]) -> str:
        """Give the segment of the first address that lies in one."""
        for text in addresses:
            try:
                address = ip_address(text)
            except ValueError:
                continue
            for network in self.networks:
                if network.version == address.version and address in network:
                    return str(network)
        return ""

    def rank(self, segment: str) -> tuple[int, int]:
        """Key that sorts segments by family and number."""
        network = _network(segment)
        return (9, 0) if network is None else (network.version, int(network.network_address))


def _network(text: str) -> _Network | None:
    """Read a network, None for anything else."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
