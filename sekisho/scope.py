"""Scope: the pure decision whether one address and port may be touched, now, by one method, and how far.

Only `Scope.admit` makes an `AdmittedTarget`; a scanner takes nothing else. Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Consent, Engagement, HoursWindow, IPNetwork, Method
from sekisho.model.fragility import FragilityRule
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier

_TOKEN: Final = object()


class RefusedBy(StrEnum):
    """Which rule refused a target."""

    NOT_INCLUDED = "not_included"
    EXCLUDED = "excluded"
    EXCLUDED_PORT = "excluded_port"
    NO_CONSENT = "no_consent"
    CONSENT_METHOD = "consent_method"
    CONSENT_PERIOD = "consent_period"
    CONSENT_HOURS = "consent_hours"
    OWNERSHIP = "ownership"
    TIER = "tier"


@dataclass(frozen=True, slots=True)
class AdmittedTarget:
    """Leave to touch one address and port, until a moment, up to a tier. Made by `Scope.admit` alone.

    port: 0 for probes of the address itself (ARP, ICMP). until: aware UTC; the gate asks again after it.
    """

    address: IPAddress
    transport: str
    port: int
    tier: Tier
    vantage: str
    method: Method
    until: datetime
    token: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse to be made by anybody but the scope."""
        if self.token is not _TOKEN:
            msg = "AdmittedTarget is made by Scope.admit alone"
            raise TypeError(msg)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a target may not be touched; outcome as it stands in the report."""

    address: IPAddress
    port: int
    by: RefusedBy
    outcome: Outcome
    detail: str
