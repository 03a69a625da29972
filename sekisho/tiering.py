"""The tier of a target: the lowest of ceiling, consent, fragility and base tier (design: the gate)."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sekisho.model.engagement import DeclaredDevice, Engagement, TierRow
from sekisho.model.fragility import FragilityBy, FragilityRule
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier

CATEGORY_TIER = {
    "network": Tier.T2,
    "server": Tier.T2,
    "pc": Tier.T2,
    "printer": Tier.T1,
    "pacs": Tier.T1,
    "hl7": Tier.T1,
    "medical": Tier.T0,
    "facility": Tier.T0,
    "iot": Tier.T0,
}
"""Base tier by register category (design: tier of a target); any other category counts as unknown."""

_DEVICE_ITSELF = 1 << 10  # a MAC or a single address names one device: more specific than any prefix
_CATEGORY = -1
_LAB = "lab"  # the only profile that may give unknown devices T3 (design: tier of a target)


@dataclass(frozen=True, slots=True)
class TierDecision:
    """A tier with the rules that set it, as (kind, detail): tier_row | category | unknown | ceiling | fragility."""

    tier: Tier
    reasons: tuple[tuple[str, str], ...]


def fold(text: str) -> str:
    """Normalise a register text for word matching: NFKC, case folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def word_matches(rule: FragilityRule, text: str) -> bool:
    """Tell whether a word rule matches an already folded text; whole words are bounded by non-alphanumerics.

    Japanese writes without spaces, so only ASCII letters and digits count as word characters.
    """
    word = fold(rule.match)
    if not rule.whole:
        return word in text
    return re.search(rf"(?<![0-9a-z]){re.escape(word)}(?![0-9a-z])", text) is not None


@dataclass(slots=True)
class Tiering:
    """Decides tiers for one engagement. Pure: same inputs, same decision."""

    engagement: Engagement
    pace: Pace
    fragility: tuple[FragilityRule, ...]
    _devices: dict[IPAddress, list[DeclaredDevice]] = field(init=False, default_factory=lambda: defaultdict(list))
    _by_mac: dict[str, list[DeclaredDevice]] = field(init=False, default_factory=lambda: defaultdict(list))
    _words: dict[IPAddress | str, FragilityRule] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the register once; the lowest matching word rule of all rows that name an address or a MAC stays."""
        rules = sorted((r for r in self.fragility if r.by is FragilityBy.WORD), key=lambda r: r.tier)
        for device in self.engagement.devices:
            text = fold(f"{device.maker} {device.model} {device.category_text} {device.os} {device.software}")
            text += fold(f" {device.hostname} {device.note}")
            rule = next((r for r in rules if word_matches(r, text)), None)
            for address in device.addresses:
                self._devices[address].append(device)
            macs = [m.lower() for m in device.macs]
            for mac in macs:
                self._by_mac[mac].append(device)
            for key in (*device.addresses, *macs):
                if rule and (key not in self._words or rule.tier < self._words[key].tier):
                    self._words[key] = rule

    def categories(self, address: IPAddress) -> tuple[str, ...]:
        """Give the register categories of an address, one per row that names it."""
        return tuple(d.category for d in self._devices.get(address, ()))

    def macs(self, address: IPAddress) -> tuple[str, ...]:
        """Give the MAC addresses the register states for an address."""
        return tuple(m for d in self._devices.get(address, ()) for m in d.macs)

    def decide(self, address: IPAddress, *, macs: Iterable[str] = (), open_ports: Iterable[int] = ()) -> TierDecision:
        """Decide the tier without consents: min(ceiling, base, every matching fragility rule)."""
        macs = {m.lower() for m in (*macs, *self.macs(address))}
        own = self.categories(address)
        tier, why = self._base(address, macs, own)
        if others := self._categories_by_mac(address, macs):
            # a register row that only the MAC leads to (an address by DHCP) may lower the tier, never raise it
            tier, why = min((tier, why), self._base(address, macs, (*own, *others)), key=lambda b: b[0])
        reasons = [why]
        if self.pace.ceiling < tier:
            tier = self.pace.ceiling
            reasons.append(("ceiling", self.pace.name))
        for rule in self._fragile(address, macs, set(open_ports)):
            if rule.tier < tier:
                tier = rule.tier
                reasons.append(("fragility", f"{rule.by.value}:{rule.match}"))
        return TierDecision(tier, tuple(reasons))

    def _categories_by_mac(self, address: IPAddress, macs: set[str]) -> tuple[str, ...]:
        """Give the categories of register rows that state one of the MACs but not the address."""
        rows = [d for m in sorted(macs) for d in self._by_mac.get(m, ()) if address not in d.addresses]
        return tuple(d.category for d in rows)

    def _unknown(self) -> Tier:
        """Give the tier of unknowns; T3 without a [[scope.tier]] row is for the lab profile alone."""
        return self.pace.unknown_tier if self.pace.name == _LAB else min(self.pace.unknown_tier, Tier.T2)

    def _base(self, address: IPAddress, macs: set[str], categories: tuple[str, ...]) -> tuple[Tier, tuple[str, str]]:
        """Give the base tier: most specific [[scope.tier]] row, else category, else the profile's unknown tier."""
        rows = [
            (s, r) for r in self.engagement.scope.tiers if (s := _specificity(r, address, macs, categories)) is not None
        ]
        if rows:
            top = max(s for s, _ in rows)
            row = min((r for s, r in rows if s == top), key=lambda r: r.tier)
            return row.tier, ("tier_row", row.reason or row.tier.name)
        if categories:
            tiers = [(CATEGORY_TIER.get(c, self._unknown()), c) for c in categories]
            tier, category = min(tiers)
            if category in CATEGORY_TIER:
                return tier, ("category", category)
        return self._unknown(), ("unknown", self.pace.name)

    def _fragile(self, address: IPAddress, macs: set[str], ports: set[int]) -> list[FragilityRule]:
        """Give every fragility rule that matches, in table order."""
        found = [
            r
            for r in self.fragility
            if (r.by is FragilityBy.OUI and any(m.replace(":", "").startswith(r.match) for m in macs))
            or (r.by is FragilityBy.PORT and int(r.match) in ports)
        ]
        return [*found, *(self._words[key] for key in (address, *sorted(macs)) if key in self._words)]


def _specificity(row: TierRow, address: IPAddress, macs: set[str], categories: tuple[str, ...]) -> int | None:
    """Say how specifically a row names a device; None when it does not. Any of its three lists suffices."""
    best: int | None = None
    if macs & {m.lower() for m in row.macs}:
        best = _DEVICE_ITSELF
    for network in row.addresses:
        if network.version == address.version and address in network:
            single = network.prefixlen == network.max_prefixlen
            # a longer prefix is narrower; IPv4 and IPv6 never compete, an address has one family
            best = max(best if best is not None else _CATEGORY, _DEVICE_ITSELF if single else network.prefixlen)
    if best is None and set(categories) & set(row.categories):
        best = _CATEGORY
    return best
