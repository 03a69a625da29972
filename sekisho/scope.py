"""Scope: the pure decision whether one address and port may be touched, now, by one method, and how far.

Only `Scope.admit` makes an `AdmittedTarget`; a scanner takes nothing else. Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import InitVar, dataclass, replace
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import Final
from zoneinfo import ZoneInfo

from sekisho.hours import consent_until, in_force
from sekisho.joined import Key
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import BY_NAME, Consent, Engagement, IPNetwork, Method, RowState, Vantage, is_walkable
from sekisho.model.fragility import FragilityRule
from sekisho.model.pace import Pace
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier
from sekisho.tiering import TierDecision, Tiering

_TOKEN: Final = object()
_DOCUMENTATION: Final = tuple(
    ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "2001:db8::/32")
)
"""Stand in for public addresses in tests and labs (design: admission)."""


_LIMITED_BROADCAST: Final = IPv4Address("255.255.255.255")
_NO_BROADCAST_FROM: Final = 31  # RFC 3021: a /31 has two hosts


class RefusedBy(StrEnum):
    """Which rule refused a target."""

    NOT_INCLUDED = "not_included"
    EXCLUDED = "excluded"
    EXCLUDED_PORT = "excluded_port"
    NO_CONSENT = "no_consent"
    CONSENT_METHOD = "consent_method"
    CONSENT_TIME = "consent_time"
    OWNERSHIP = "ownership"
    TIER = "tier"


@dataclass(frozen=True, slots=True)
class AdmittedTarget:
    """Leave to touch one address and port, until a moment, up to a tier. Made by `Scope.admit` alone.

    port: 0 for probes of the address itself (ARP, ICMP). until: aware; the gate asks again after it.
    """

    address: IPAddress
    transport: str
    port: int
    tier: Tier
    vantage: str
    method: Method
    until: datetime
    token: InitVar[object] = None  # not kept: a copy with other values (dataclasses.replace) must fail

    def __post_init__(self, token: object) -> None:
        """Refuse to be made by anybody but the scope."""
        if token is not _TOKEN:
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


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to do: one address, port and method, from one vantage, at one moment.

    needs: lowest tier at which this is allowed. macs, open_ports: what was seen of the target by now; both can only
    lower its tier, since a MAC on the wire may be forged (one that the register states for the address may raise it).
    """

    address: IPAddress
    vantage: Vantage
    now: datetime
    needs: Tier
    port: int = 0
    transport: str = "tcp"
    method: Method = Method.ACTIVE
    macs: frozenset[str] = frozenset()
    open_ports: frozenset[int] = frozenset()


class Scope:
    """The rules of one engagement. Pure: it reads no clock; the moment is part of what is asked."""

    def __init__(self, engagement: Engagement, pace: Pace, fragility: Iterable[FragilityRule] = ()) -> None:
        """Index the engagement; pace gives the tier of unknowns and the ceiling."""
        self._engagement = engagement
        self._rules = engagement.scope
        self.zone = ZoneInfo(engagement.facility.timezone)
        self.tiering = Tiering(engagement, pace, tuple(fragility))

    def admit(self, ask: Ask) -> AdmittedTarget | Refusal:
        """Decide one target: include ∧ ¬exclude ∧ ¬excluded port ∧ consent valid now for the method ∧ tier."""
        place = self._refused_by_place(ask)
        if place is not None:
            return place
        consents = self._consents(ask)
        if isinstance(consents, Refusal):
            return consents
        if ask.vantage.role == "external" and _is_public(ask.address) and not self._owned(ask.address, consents):
            return _refuse(
                ask, RefusedBy.OWNERSHIP, "not proved to be the facility's: no static line row under a consent"
            )
        own = self.tier_of(ask.address, macs=ask.macs, open_ports=ask.open_ports, method=ask.method)
        tier = min(own.tier, *self._ceilings(ask))
        if tier < ask.needs or tier is Tier.T0:
            return _refuse(ask, RefusedBy.TIER, f"needs {ask.needs}, has {tier}")
        until = min(end for _, end in consents)
        return AdmittedTarget(
            ask.address, ask.transport, ask.port, tier, ask.vantage.name, ask.method, until, token=_TOKEN
        )

    def admit_ports(self, ask: Ask, ports: Iterable[int]) -> list[AdmittedTarget | Refusal]:
        """Decide many ports of one address at once; the same answers as `admit` gives for each."""
        whole = self.admit(replace(ask, port=0))
        return [self._for_port(ask, whole, port) for port in ports]

    def _for_port(self, ask: Ask, whole: AdmittedTarget | Refusal, port: int) -> AdmittedTarget | Refusal:
        """Give the answer for one port; of all rules, only that of excluded ports looks at it."""
        if port in self._rules.exclude_ports:
            return self.admit(replace(ask, port=port))
        if isinstance(whole, Refusal):
            return replace(whole, port=port)
        return AdmittedTarget(
            whole.address, whole.transport, port, whole.tier, whole.vantage, whole.method, whole.until, token=_TOKEN
        )

    def tier_of(
        self, address: IPAddress, *, macs: Iterable[str] = (), open_ports: Iterable[int] = (),
        method: Method = Method.ACTIVE,
    ) -> TierDecision:  # fmt: skip
        """Give the tier of an address before consents; consents can only lower it further."""
        return self.tiering.decide(address, macs=macs, open_ports=open_ports, method=method)

    def most_tier(self, address: IPAddress) -> Tier:
        """Give the highest tier that an address can have at any time, under the most generous consent."""
        naming = [c for c in self._engagement.consents if Method.ACTIVE in c.methods and _within(address, c.covers)]
        return min(self.tier_of(address).tier, max((c.max_tier for c in naming), default=Tier.T3))

    def kept_macs(self) -> frozenset[str]:
        """Give the MAC addresses, in lower case, that no frame may be addressed to.

        Those of T0 devices, as far as the register or a tier row states them, and of devices that are excluded whole.
        """
        kept = {m for row in self._rules.tiers if row.tier is Tier.T0 for m in row.macs}
        for device in self._engagement.devices:
            shut = bool(device.addresses) and all(self.excludes(a) for a in device.addresses)
            if device.macs and (shut or self.tiering.decide(None, macs=device.macs).tier is Tier.T0):
                kept.update(device.macs)
        return frozenset(m.lower() for m in kept)

    def contains(self, address: IPAddress) -> bool:
        """Tell whether an address is included and not excluded."""
        return _within(address, self._rules.include) and not _within(address, self._rules.exclude)

    def excludes(self, address: IPAddress) -> bool:
        """Tell whether an address is excluded, included or not."""
        return _within(address, self._rules.exclude)

    def addresses(self) -> Iterator[IPAddress]:
        """Give every included address that is not excluded, in order, each once.

        Of an include that is too large to walk only the declared addresses are given; `unwalked` names it.
        """
        seen: set[IPAddress] = set()
        for network in sorted(self._rules.include, key=lambda n: (n.version, n)):
            candidates = _hosts(network) if is_walkable(network) else self._declared_in(network)
            for address in candidates:
                if address not in seen and not _within(address, self._rules.exclude):
                    seen.add(address)
                    yield address

    def unwalked(self) -> tuple[IPNetwork, ...]:
        """Give the includes that are too large to walk: no address in them is looked at unless it is declared."""
        return tuple(sorted((n for n in self._rules.include if not is_walkable(n)), key=lambda n: (n.version, n)))

    def _declared_in(self, network: IPNetwork) -> list[IPAddress]:
        """Give the declared addresses inside a prefix that is too large to walk."""
        declared = {a for d in self._engagement.devices for a in d.addresses}
        declared |= {a for line in self._engagement.lines for a in line.addresses}
        return [a for a in sorted(declared, key=str) if a.version == network.version and a in network]

    def host_of(self, address: IPAddress) -> str:
        """Name the device that an address belongs to: what is limited per host is limited for all its addresses."""
        return str(self.tiering.host_of(address))

    def named_by_registers(self) -> frozenset[Key]:
        """Give every address and MAC that a row of the registers names."""
        return self.tiering.known_keys() | {a for line in self._engagement.lines for a in line.addresses}

    def stands_by_register(self, address: IPAddress) -> tuple[bool, bool]:
        """Tell what else hangs on the registers: whether an address is proved, and whether it is looked at at all."""
        walked = any(is_walkable(n) and n.version == address.version and address in n for n in self._rules.include)
        named = address in self.named_by_registers()
        return self._stated(address), self.contains(address) and (walked or named)

    def segment_of(self, address: IPAddress) -> str:
        """Name the include network an address belongs to (the most specific one)."""
        nets = [n for n in self._rules.include if n.version == address.version and address in n]
        return str(max(nets, key=lambda n: n.prefixlen)) if nets else ""

    def uncovered(self, method: Method | None = None) -> tuple[IPNetwork, ...]:
        """Give the parts of include (less exclude) that no consent covers, or none that names a method."""
        left: list[IPNetwork] = list(self._rules.include)
        naming = [c for c in self._engagement.consents if method is None or method in c.methods]
        for taken in (*self._rules.exclude, *(n for c in naming for n in c.covers)):
            left = [rest for network in left for rest in _minus(network, taken)]
        return tuple(sorted(left, key=lambda n: (n.version, n)))

    def consents_to(self, method: Method, address: IPAddress, now: datetime) -> bool:
        """Tell whether a method needs no consent by name, or one in force now names it for an address (ADR 0034)."""
        naming = [c for c in self._engagement.consents if method in c.methods and _within(address, c.covers)]
        return method is Method.ACTIVE or any(consent_until(c, now, self.zone) is not None for c in naming)

    def open_until(self, now: datetime) -> datetime | None:
        """Tell until when at least one consent to active probes is valid and open; None when none is at this moment."""
        naming = [c for c in self._engagement.consents if Method.ACTIVE in c.methods]
        ends = [e for c in naming if (e := consent_until(c, now, self.zone))]
        return max(ends) if ends else None

    def _refused_by_place(self, ask: Ask) -> Refusal | None:
        """Check include, exclude and excluded ports."""
        if not _within(ask.address, self._rules.include):
            return _refuse(ask, RefusedBy.NOT_INCLUDED, "not in scope.include")
        if not self._names_one_host(ask.address):
            return _refuse(ask, RefusedBy.NOT_INCLUDED, "names no single host: group, broadcast or IPv4-mapped address")
        if _within(ask.address, self._rules.exclude):
            return _refuse(ask, RefusedBy.EXCLUDED, "in scope.exclude")
        if ask.port in self._rules.exclude_ports:
            return _refuse(ask, RefusedBy.EXCLUDED_PORT, f"port {ask.port} in scope.exclude_ports")
        return None

    def _names_one_host(self, address: IPAddress) -> bool:
        """Tell whether a packet to the address reaches one host, and the one that include and exclude speak of.

        A directed broadcast makes unspecified hosts answer; an IPv4-mapped one leaves as IPv4, past an IPv4 exclude.
        """
        if address.is_multicast or address.is_unspecified or address == _LIMITED_BROADCAST:
            return False
        if address.version == 6:  # noqa: PLR2004 - IP version
            return address.ipv4_mapped is None
        nets = [n for n in self._rules.include if n.version == address.version and address in n]
        narrowest = max(nets, key=lambda n: n.prefixlen)
        if narrowest.prefixlen >= _NO_BROADCAST_FROM:
            return True
        return address not in {narrowest.network_address, narrowest.broadcast_address}

    def _consents(self, ask: Ask) -> list[tuple[Consent, datetime]] | Refusal:
        """Give the covering consents that are valid now for the method, with their ends; or why there is none."""
        covering = [c for c in self._engagement.consents if _within(ask.address, c.covers)]
        if not covering:
            return _refuse(ask, RefusedBy.NO_CONSENT, "no consent covers it")
        naming = [c for c in covering if ask.method in c.methods]
        if not naming:
            return _refuse(ask, RefusedBy.CONSENT_METHOD, f"no covering consent names {ask.method}")
        ends = [(c, consent_until(c, ask.now, self.zone)) for c in naming]
        valid = [(c, end) for c, end in ends if end is not None]
        if not valid:
            return _refuse(ask, RefusedBy.CONSENT_TIME, "no covering consent is valid at this time")
        return valid

    def _ceilings(self, ask: Ask) -> list[Tier]:
        """Give how far each administrator lets us go, those whose hours are over included.

        Who agreed to T1 at night has not agreed to T3 by day because another one's hours are longer; nor has who agreed
        to active probes as far as T1 agreed to more because another one named a method of its own.
        """
        sending = {ask.method, Method.ACTIVE} if ask.method in BY_NAME else {ask.method}
        naming = [c for c in self._engagement.consents if sending & c.methods and _within(ask.address, c.covers)]
        return [c.max_tier for c in naming if in_force(c, ask.now, self.zone)]

    def _owned(self, address: IPAddress, consents: list[tuple[Consent, datetime]]) -> bool:
        """Tell whether a line row in use states the address and a hospital or carrier consent covers it."""
        return self._stated(address) and any(c.role in {"hospital", "carrier"} for c, _ in consents)

    def _stated(self, address: IPAddress) -> bool:
        """Tell whether a line row in use states the address."""
        return any(address in line.addresses and line.state is RowState.IN_USE for line in self._engagement.lines)


def _refuse(ask: Ask, by: RefusedBy, detail: str) -> Refusal:
    """Build a refusal with the outcome its rule has in the report."""
    outcome = Outcome.SKIPPED_BY_TIER if by is RefusedBy.TIER else Outcome.SKIPPED_BY_SCOPE
    return Refusal(ask.address, ask.port, by, outcome, detail)


def _within(address: IPAddress, networks: Iterable[IPNetwork]) -> bool:
    """Tell whether any network of the same family holds the address."""
    return any(n.version == address.version and address in n for n in networks)


def _is_public(address: IPAddress) -> bool:
    """Tell whether an address counts as public."""
    return address.is_global or _within(address, _DOCUMENTATION)


def _hosts(network: IPNetwork) -> Iterable[IPAddress]:
    """Give the usable addresses of a network (no network and broadcast address in IPv4 below /31)."""
    return network.hosts()


def _minus(network: IPNetwork, taken: IPNetwork) -> list[IPNetwork]:
    """Subtract one network from another."""
    if network.version != taken.version or not network.overlaps(taken):
        return [network]
    if isinstance(network, IPv4Network) and isinstance(taken, IPv4Network):
        return [] if network.subnet_of(taken) else list(network.address_exclude(taken))
    if not isinstance(network, IPv4Network) and not isinstance(taken, IPv4Network):
        return [] if network.subnet_of(taken) else list(network.address_exclude(taken))
    return [network]
