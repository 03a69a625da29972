"""Whose packets come in where: each interface's share of all source addresses, by the routing table. Pure.

A connection needs an answer, and the answer leaves by the routing table: a source that is routed elsewhere gets none,
so an interface serves those whose route leads back through it. Where a route has several ways, each of them may.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from scanners.configs.device import Interface, Route
from sekisho.model.address_sets import NOBODY, AddressSet, of_networks

UNPLACED: Final = ""
"""Stands for the interface of a gateway that no interface's stated network holds: it may be any of them."""


def shares(interfaces: Sequence[Interface], routes: Sequence[Route]) -> Mapping[str, AddressSet]:
    """Give for each interface the source addresses that are routed through it, longest first; UNPLACED may be any."""
    found = {i.name: of_networks(a.network for a in i.addresses) for i in interfaces}
    attached = {a.network: i.name for i in interfaces for a in i.addresses}
    taken = NOBODY
    for connected in found.values():
        taken |= connected
    by_length: dict[int, list[Route]] = {}
    for route in routes:
        by_length.setdefault(_weight(route), []).append(route)
    for length in sorted(by_length, reverse=True):
        level = NOBODY
        for route in by_length[length]:
            name = route.interface or next(
                (n for net, n in attached.items() if route.gateway is not None and route.gateway in net), UNPLACED
            )
            share = of_networks([route.network])
            found[name] = found.get(name, NOBODY) | (share - taken)
            level |= share
        taken |= level
    return found


_V6_BITS: Final = 96
"""So that lengths of both families sort by how much they leave open; the families never meet."""


def _weight(route: Route) -> int:
    """Give the length of a route's network on one scale."""
    return route.network.prefixlen + (_V6_BITS if route.network.version == 4 else 0)  # noqa: PLR2004 - IP version
