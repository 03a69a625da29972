"""What every host survey of one vantage shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sekisho.engine.jobs import Workshop
from sekisho.engine.knowledge import DeviceKnowledge
from sekisho.gate.session import Gate
from sekisho.model.engagement import Engagement, Vantage
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from sekisho.registry import COMMUNITY, Scanner, Stage
from sekisho.scope import Scope

_EXAMINE_ORDER: Final = {
    "tls": 1, "greeting-tls": 2, "ldap-tls": 2, "redis-tls": 2, "http": 3, "http-further": 4, "sstp": 4,
}  # fmt: skip
"""Others tell whether to ask for TLS, tls what may be inside; a database found there wants no GET, and the page tells
whether one more question is left."""


@dataclass(slots=True)
class Kit:
    """What every host survey of one vantage shares.

    gate: None when the run is closed and nothing is sent any more. postponed: hosts left for want of time. lost: hosts
    that were given up.
    """

    engagement: Engagement
    scope: Scope
    pace: Pace
    vantage: Vantage
    gate: Gate | None
    workshop: Workshop
    scanners: Mapping[str, Scanner]
    community: Mapping[IPAddress, bytes | None]
    nmap: bool = False
    postponed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    devices: DeviceKnowledge = field(default_factory=DeviceKnowledge)

    def secrets(self, scanner: Scanner, address: IPAddress) -> Mapping[str, bytes] | None:
        """Give the declared secrets that a scanner uses at an address; None when one of them is not at hand."""
        if scanner.secret != COMMUNITY:
            return {}
        community = self.community.get(address)
        return None if community is None else {COMMUNITY: community}

    def stage(self, stage: Stage) -> list[Scanner]:
        """Give the scanners of a stage in the order they run."""
        found = [s for s in self.scanners.values() if s.stage is stage]
        return sorted(found, key=lambda s: (_EXAMINE_ORDER.get(s.id, 0), s.id))
