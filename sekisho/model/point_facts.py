"""Facts about connection points that follow from registers and services; derived by the inventory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PointOwner:
    """Who answers for a connection point by one row of the line register. Subject: point.

    declared: a row of the line register stands for the point; number, contractor and owner are then its cells 管理番号,
    契約者 and 管理者. register_present: a line register was handed over at all.
    """

    declared: bool
    number: str
    contractor: str
    owner: str
    register_present: bool


@dataclass(frozen=True, slots=True)
class WanInbound:
    """What the outside reaches at a connection point to an open network. Subject: point.

    outside: vantages of the engagement with role external. tried_from: those from which a packet left for an address of
    the point. stray: services that answered there, without an [[access]] row for it and not as the point's VPN.
    explained: services that answered there and have one of these reasons. config_read: filter and NAT rules were read.
    """

    outside: tuple[str, ...]
    tried_from: tuple[str, ...]
    stray: tuple[str, ...]
    explained: tuple[str, ...]
    config_read: bool
