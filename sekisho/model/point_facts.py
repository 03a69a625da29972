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
class PointCounterpart:
    """Who stands at the other end of a connection point by one row of the line register. Subject: point.

    declared, number, register_present: as in PointOwner. counterpart, purpose, boundary: its cells 接続先, 用途 and
    責任分界点. maintained: the row says that somebody maintains a device through it. kinds: of the point.
    """

    declared: bool
    number: str
    kinds: tuple[str, ...]
    counterpart: str
    purpose: str
    boundary: str
    maintained: bool
    register_present: bool


@dataclass(frozen=True, slots=True)
class PointUse:
    """Whether a connection point is meant to be in use by one row of the line register. Subject: point.

    declared, number: as in PointOwner. retired: its state is 停止, 廃棄 or the like. occasional: not always on, and the
    row names neither other end nor purpose. observed, asked: its device answered, was asked. answers: what answered
    can only be this line's own end.
    """

    declared: bool
    number: str
    retired: bool
    occasional: bool
    observed: bool
    asked: bool
    answers: bool


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
