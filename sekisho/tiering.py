"""The tier of a target: the lowest of ceiling, consent, fragility and base tier (design: the gate)."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from sekisho.joined import Joined, Key, join
from sekisho.model.engagement import DeclaredDevice, Engagement, Method, TierRow
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
_Base = tuple[Tier, tuple[str, str]]
"""A base tier with what set it, (kind, detail)."""
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

    Japanese writes without spaces, so only ASCII letters and digits count as word characters. A phrase in which the
    word names something else does not count; the word anywhere beside it does.
    """
    for phrase in rule.unless:
        text = _whole(phrase).sub(" ", text)
    word = fold(rule.match)
    if not rule.whole:
        return word in text
    return _whole(rule.match).search(text) is not None


@cache
def _whole(word: str) -> re.Pattern[str]:
    """Give the pattern of a whole word or phrase in folded text; blanks in it may be missing or several."""
    spelt = r"[ \t]*".join(re.escape(part) for part in re.split(r"[ \t]+", fold(word)))
    return re.compile(rf"(?<![0-9a-z]){spelt}(?![0-9a-z])")


@dataclass(slots=True)
class Tiering:
    """Decides tiers for one engagement. Pure: same inputs, same decision.

    A tier is a device's, not an address's: what the register joins (`sekisho.joined`) has the lowest tier of its parts.
    """

    engagement: Engagement
    pace: Pace
    fragility: tuple[FragilityRule, ...]
    _devices: dict[IPAddress, list[DeclaredDevice]] = field(init=False, default_factory=lambda: defaultdict(list))
    _joined: dict[Key, Joined] = field(init=False)
    _parts: dict[int, _Base] = field(init=False, default_factory=dict)
    _rules: dict[int, list[FragilityRule]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the register once."""
        self._joined = join(self.engagement.devices)
        for device in self.engagement.devices:
            for address in device.addresses:
                self._devices[address].append(device)

    def categories(self, address: IPAddress) -> tuple[str, ...]:
        """Give the register categories of an address, one per row that names it."""
        return tuple(d.category for d in self._devices.get(address, ()))

    def macs(self, address: IPAddress) -> frozenset[str]:
        """Give the MAC addresses the register states for an address, in lower case."""
        return frozenset(m.lower() for d in self._devices.get(address, ()) for m in d.macs)

    def host_of(self, address: IPAddress) -> IPAddress:
        """Give the one address that stands for a device with several, so that limits per host are the device's."""
        device = self._joined.get(address)
        return device.addresses[0] if device is not None else address

    def keys_of(self, key: Key) -> frozenset[Key]:
        """Give the addresses and MACs that the register joins to one device with an address or MAC, itself included."""
        device = self._joined.get(key)
        return frozenset((*device.addresses, *device.macs)) if device is not None else frozenset((key,))

    def known_keys(self) -> frozenset[Key]:
        """Give every address and MAC that the device register names, MACs in lower case."""
        return frozenset(self._joined)

    def decide(
        self, address: IPAddress | None, *, macs: Iterable[str] = (), open_ports: Iterable[int] = (),
        method: Method = Method.ACTIVE,
    ) -> TierDecision:  # fmt: skip
        """Decide the tier without consents: min(ceiling, base of every part of the device, every fragility rule).

        Takes: address: None for a device that is known by its MACs alone. macs: seen on the wire, where anybody may
        claim any MAC: they only ever lower the tier; one that the register states for the address may raise it too.
        method: rules that are lifted by it don't count; whoever consented to it knows of what they guard.
        """
        seen = {m.lower() for m in macs}
        devices = self._devices_of(address, seen)
        parts = [self._own(address)] if address is not None else []
        parts += [self._lowest_part(device) for device in devices]
        rows = [r for r in self.engagement.scope.tiers if seen & {m.lower() for m in r.macs}]
        parts += [_by_row(r) for r in rows]
        tier, why = min(parts or [self._unknown_base()], key=lambda part: part[0])
        reasons = [why]
        if self.pace.ceiling < tier:
            tier = self.pace.ceiling
            reasons.append(("ceiling", self.pace.name))
        for rule in self._fragile(devices, seen, set(open_ports)):
            if rule.tier < tier and rule.lifted_by is not method:
                tier = rule.tier
                reasons.append(("fragility", f"{rule.by.value}:{rule.match}"))
        return TierDecision(tier, tuple(reasons))

    def _devices_of(self, address: IPAddress | None, seen: set[str]) -> list[Joined]:
        """Give the devices of the register that an address and the MACs seen there belong to, each once."""
        keys: list[Key] = [*([address] if address is not None else []), *sorted(seen)]
        return list({id(device): device for key in keys if (device := self._joined.get(key))}.values())

    def _lowest_part(self, device: Joined) -> _Base:
        """Give the lowest base tier of all that a device is known by: its addresses, and rows with a MAC alone."""
        if id(device) not in self._parts:
            rows = [d for d in device.rows if not d.addresses]
            parts = [self._own(a) for a in device.addresses]
            parts += [self._base(None, frozenset(m.lower() for m in d.macs), (d.category,)) for d in rows]
            self._parts[id(device)] = min(parts, key=lambda part: part[0])
        return self._parts[id(device)]

    def _own(self, address: IPAddress) -> _Base:
        """Give the base tier of an address by what the register states for itself."""
        return self._base(address, self.macs(address), self.categories(address))

    def _unknown(self) -> Tier:
        """Give the tier of unknowns; T3 without a [[scope.tier]] row is for the lab profile alone."""
        return self.pace.unknown_tier if self.pace.name == _LAB else min(self.pace.unknown_tier, Tier.T2)

    def _unknown_base(self) -> _Base:
        """Give the base tier of unknowns with its reason."""
        return self._unknown(), ("unknown", self.pace.name)

    def _base(self, address: IPAddress | None, macs: frozenset[str], categories: tuple[str, ...]) -> _Base:
        """Give the base tier: most specific [[scope.tier]] row, else category, else the profile's unknown tier."""
        rows = [
            (s, r) for r in self.engagement.scope.tiers if (s := _specificity(r, address, macs, categories)) is not None
        ]
        if rows:
            top = max(s for s, _ in rows)
            return _by_row(min((r for s, r in rows if s == top), key=lambda r: r.tier))
        if categories:
            tiers = [(CATEGORY_TIER.get(c, self._unknown()), c) for c in categories]
            tier, category = min(tiers)
            if category in CATEGORY_TIER:
                return tier, ("category", category)
        return self._unknown_base()

    def _fragile(self, devices: list[Joined], seen: set[str], ports: set[int]) -> list[FragilityRule]:
        """Give every fragility rule that matches: those of the MACs seen, of the ports, of the devices."""
        found = [
            r
            for r in self.fragility
            if (r.by is FragilityBy.OUI and _has_oui(r, seen)) or (r.by is FragilityBy.PORT and int(r.match) in ports)
        ]
        return [*found, *(r for device in devices for r in self._fragile_by_register(device))]

    def _fragile_by_register(self, device: Joined) -> list[FragilityRule]:
        """Give the rules that the register rows of a device match, by a MAC or a word."""
        if id(device) not in self._rules:
            texts = [_text(d) for d in device.rows]
            self._rules[id(device)] = [
                r
                for r in self.fragility
                if (r.by is FragilityBy.OUI and _has_oui(r, device.macs))
                or (r.by is FragilityBy.WORD and any(word_matches(r, text) for text in texts))
            ]
        return self._rules[id(device)]


def _text(device: DeclaredDevice) -> str:
    """Give all of a register row that word rules look at, folded, a cell a line: no phrase spans two cells."""
    cells = (device.maker, device.model, device.category_text, device.os, device.software, device.hostname, device.note)
    return fold("\n".join(cells))


def _has_oui(rule: FragilityRule, macs: Iterable[str]) -> bool:
    """Tell whether a rule names the maker of one of the MACs."""
    return any(m.replace(":", "").startswith(rule.match) for m in macs)


def _by_row(row: TierRow) -> _Base:
    """Give a base tier with its reason as a [[scope.tier]] row sets it."""
    return row.tier, ("tier_row", row.reason or row.tier.name)


def _specificity(
    row: TierRow, address: IPAddress | None, macs: frozenset[str], categories: tuple[str, ...]
) -> int | None:
    """Say how specifically a row names a device; None when it does not. Any of its three lists suffices."""
    best: int | None = None
    if macs & {m.lower() for m in row.macs}:
        best = _DEVICE_ITSELF
    for network in row.addresses:
        if address is not None and network.version == address.version and address in network:
            single = network.prefixlen == network.max_prefixlen
            # a longer prefix is narrower; IPv4 and IPv6 never compete, an address has one family
            best = max(best if best is not None else _CATEGORY, _DEVICE_ITSELF if single else network.prefixlen)
    if best is None and set(categories) & set(row.categories):
        best = _CATEGORY
    return best
