"""What the assessment looks at: the run, its inventory, and each device with its tier and why it stayed unseen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sekisho.inventory.assets import Asset
from sekisho.inventory.declared import RETIRED
from sekisho.inventory.exposure import Access
from sekisho.inventory.reach import was_sent
from sekisho.inventory.take import Inventory
from sekisho.model.attempts import Attempt
from sekisho.model.engagement import Engagement, IPNetwork
from sekisho.model.run import RunRecord
from sekisho.model.subjects import IPAddress, Subject, address_of
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner
from sekisho.scope import Scope


class Blind(StrEnum):
    """Why a device that should be there was not seen."""

    OUT_OF_SCOPE = "out_of_scope"
    EXCLUDED = "excluded"
    NO_CONSENT = "no_consent"
    TIER_ZERO = "tier_zero"
    NOT_ASKED = "not_asked"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Standing:
    """One device: its tier with what set it (kind, detail), and why it was not seen, None if it was."""

    asset: Asset
    category: str
    tier: Tier
    tier_by: tuple[str, str]
    blind: Blind | None


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything findings and answers are made of. used: vantages from which at least one packet left, sorted."""

    record: RunRecord
    inventory: Inventory
    scope: Scope
    standings: Mapping[Subject, Standing]
    attempts: Mapping[Subject, tuple[Attempt, ...]]
    scanners: Mapping[str, Scanner]
    access: Access
    used: tuple[str, ...]

    @property
    def engagement(self) -> Engagement:
        """Give the engagement of the run."""
        return self.record.engagement

    def standing(self, subject: Subject) -> Standing | None:
        """Give the device that a subject belongs to, None for the facility and for points without a device."""
        address = address_of(subject)
        asset = self.inventory.at.get(address) if address is not None else None
        return self.standings[asset.id] if asset is not None else None

    def category(self, subject: Subject) -> str:
        """Give the category of a subject's device, "" if there is none or it is not known."""
        standing = self.standing(subject)
        return standing.category if standing else ""


def survey(record: RunRecord, inventory: Inventory, *, scope: Scope, scanners: Mapping[str, Scanner]) -> Survey:
    """Work out every device's standing once."""
    ports: dict[IPAddress, set[int]] = defaultdict(set)
    for service in inventory.services:
        ports[service.address].add(service.port)
    judge = _Standings(inventory, record.engagement, scope, ports)
    standings = {a.id: judge.of(a) for a in inventory.assets}
    attempts: dict[Subject, list[Attempt]] = defaultdict(list)
    for attempt in inventory.attempts:
        attempts[attempt.subject].append(attempt)
    access = Access.of(record.engagement.access, record.engagement.vantages, record.vantages)
    ours = {v.name for v in record.engagement.vantages}
    used = ours & {a.vantage for a in inventory.attempts if was_sent(a, record.transcripts)}
    grouped = {s: tuple(a) for s, a in attempts.items()}
    return Survey(record, inventory, scope, standings, grouped, scanners, access, tuple(sorted(used)))


def is_expected(asset: Asset) -> bool:
    """Tell whether a register says that a device is there: a row in use, or the end of a line in use."""
    rows = any(r.state not in RETIRED for r in asset.rows)
    return rows or any(line.state not in RETIRED for line in asset.lines)


@dataclass(frozen=True, slots=True)
class _Standings:
    """Works out tiers and blind spots."""

    inventory: Inventory
    engagement: Engagement
    scope: Scope
    ports: Mapping[IPAddress, set[int]]

    def of(self, asset: Asset) -> Standing:
        """Give one device's standing; of several addresses the one with the lowest tier counts."""
        inside = [a for a in asset.addresses if self.scope.contains(a)]
        decided = [self._tier(a, asset) for a in inside]
        tier, by = min(decided, default=(Tier.T0, self._outside(asset)))
        return Standing(asset, asset.category, tier, by, self._blind(asset, tier, by))

    def _tier(self, address: IPAddress, asset: Asset) -> tuple[Tier, tuple[str, str]]:
        """Give the tier of one address with what set it: the last rule that lowered it, a consent included."""
        decision = self.scope.tier_of(address, macs=asset.macs, open_ports=sorted(self.ports.get(address, ())))
        consents = [c for c in self.engagement.consents if _within(address, c.covers)]
        if not consents:
            return Tier.T0, (Blind.NO_CONSENT.value, "")
        ceiling = min(consents, key=lambda c: (c.max_tier, c.granted_by))
        if ceiling.max_tier < decision.tier:
            return ceiling.max_tier, ("consent", ceiling.granted_by)
        return decision.tier, decision.reasons[-1]

    def _outside(self, asset: Asset) -> tuple[str, str]:
        """Tell an excluded device from one that lies outside the scope."""
        excluded = any(_within(a, self.engagement.scope.exclude) for a in asset.addresses)
        return (Blind.EXCLUDED if excluded else Blind.OUT_OF_SCOPE).value, ""

    def _blind(self, asset: Asset, tier: Tier, by: tuple[str, str]) -> Blind | None:
        """Tell why a device was not seen; None if it was."""
        if asset.observed:
            return None
        if set(asset.addresses) & self.inventory.reach.asked:
            return Blind.SILENT
        if by[0] in {Blind.EXCLUDED, Blind.OUT_OF_SCOPE, Blind.NO_CONSENT}:
            return Blind(by[0])
        return Blind.TIER_ZERO if tier is Tier.T0 else Blind.NOT_ASKED


def _within(address: IPAddress, networks: tuple[IPNetwork, ...]) -> bool:
    """Tell whether any network of the same family holds an address."""
    return any(n.version == address.version and address in n for n in networks)
