"""Devices: addresses joined by identity, with the register rows and lines that name them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sekisho.inventory.declared import Declared, row_key
from sekisho.inventory.identity import Traits, address_order, merge
from sekisho.inventory.index import Index
from sekisho.inventory.products import Recognised, best
from sekisho.inventory.reach import Reach
from sekisho.inventory.words import host_label
from sekisho.model.config_facts import ConfigRead
from sekisho.model.engagement import DeclaredDevice, DeclaredLine, Vantage
from sekisho.model.facts import CertificateChain, HostAnswered, ProductSeen, SnmpSystem
from sekisho.model.ssh_facts import SshHostKey
from sekisho.model.subjects import IPAddress, Subject, address_of, host
from sekisho.scope import Scope

_OUTSIDE: Final = "external"


@dataclass(frozen=True, slots=True)
class Asset:
    """One device.

    id: host:ADDR of its first address (in scope before out of scope, IPv4 before IPv6, then by number). macs, names:
    observed. rows, lines: of the registers. hits: fingerprints that matched at any of its services. possibly_same: ids
    of devices it may be one with. evidence: of everything observed at it.
    """

    id: Subject
    addresses: tuple[IPAddress, ...]
    macs: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[DeclaredDevice, ...]
    lines: tuple[DeclaredLine, ...]
    observed: bool
    hits: tuple[Recognised, ...]
    possibly_same: tuple[Subject, ...]
    evidence: tuple[str, ...]

    @property
    def declared(self) -> bool:
        """Tell whether a row of either register names the device."""
        return bool(self.rows or self.lines)

    @property
    def product(self) -> ProductSeen | None:
        """Give what the device itself shows to be; software on it does not count."""
        return best(h for h in self.hits if h.product.category)

    @property
    def category(self) -> str:
        """Give the register's category, else the one of the fingerprint, else ""."""
        stated = next((r.category for r in self.rows if r.category), "")
        return stated or (self.product.category if self.product else "")

    @property
    def numbers(self) -> tuple[str, ...]:
        """Give the 管理番号 of all rows that name it, sorted."""
        numbers = {r.number for r in self.rows} | {r.number for r in self.lines}
        return tuple(sorted(numbers - {""}))


@dataclass(frozen=True, slots=True)
class Sources:
    """What devices are made of."""

    index: Index
    reach: Reach
    declared: Declared
    scope: Scope
    vantages: tuple[Vantage, ...]
    hits: Mapping[Subject, tuple[Recognised, ...]]


def assets(sources: Sources) -> tuple[Asset, ...]:
    """Give every device that was seen or that a row names, sorted by id's address."""
    configured = _configured(sources.index)
    addresses = sources.reach.seen | sources.declared.addresses() | configured.keys()
    traits = {a: _traits(a, sources, configured.get(a, frozenset())) for a in addresses}
    merged = merge(traits.values())
    hits = _by_address(sources)
    leader = {a: _leader(group, sources.scope) for group in merged.groups for a in group}
    pairs: dict[IPAddress, set[IPAddress]] = defaultdict(set)
    for one, other in merged.possibly_same:
        if leader[one] != leader[other]:
            pairs[leader[one]].add(leader[other])
            pairs[leader[other]].add(leader[one])
    found = [_asset(group, [traits[a] for a in group], sources, hits) for group in merged.groups]
    return tuple(
        _with_doubts(asset, pairs.get(asset.addresses[0], set()))
        for asset in sorted(found, key=lambda a: address_order(a.addresses[0]))
    )


def _configured(index: Index) -> dict[IPAddress, frozenset[str]]:
    """Give the addresses that configurations name as their device's own, with the configurations' evidence."""
    found: dict[IPAddress, frozenset[str]] = {}
    for seen in index.every(ConfigRead):
        for address in seen.value.addresses:
            found[address] = found.get(address, frozenset()) | {*seen.evidence}
    return found


def _traits(address: IPAddress, sources: Sources, configurations: frozenset[str]) -> Traits:
    """Collect what identifies one address. configurations: evidence of those that name it as their device's own."""
    seen = sources.index.at(address)
    values = [o.value for o in seen]
    leaves = [v.chain[0] for v in values if isinstance(v, CertificateChain) and v.chain]
    macs = frozenset(v.mac.lower() for v in values if isinstance(v, HostAnswered) and v.mac)
    names = frozenset(host_label(v.sysname) for v in values if isinstance(v, SnmpSystem) and v.sysname.strip())
    rows = sources.declared.rows(address, macs=sorted(macs), names=sorted(names))
    lines = sources.declared.lines(address)
    roles = {v.name: v.role for v in sources.vantages}
    return Traits(
        address=address,
        rows=frozenset("device " + " ".join(row_key(r)) for r in rows),
        joins=frozenset("device " + " ".join(row_key(r)) for r in rows if len(rows) == 1)
        | frozenset("line " + " ".join(row_key(r)) for r in lines)
        | frozenset(f"configuration {evidence}" for evidence in configurations),
        macs=macs,
        names=names,
        host_keys=frozenset((v.key_type, v.sha256) for v in values if isinstance(v, SshHostKey)),
        certificates=frozenset(c.sha256 for c in leaves),
        issued=frozenset(c.sha256 for c in leaves if not c.self_signed),
        outside_only=bool(seen) and all(roles.get(o.vantage) == _OUTSIDE for o in seen),
    )


def _asset(
    group: tuple[IPAddress, ...],
    traits: Iterable[Traits],
    sources: Sources,
    hits: Mapping[IPAddress, tuple[Recognised, ...]],
) -> Asset:
    """Make one device of its addresses."""
    known = list(traits)
    addresses = tuple(sorted(group, key=lambda a: (not sources.scope.contains(a), address_order(a))))
    macs = tuple(sorted({m for t in known for m in t.macs}))
    rows = {row_key(r): r for t in known for r in sources.declared.rows(t.address, macs=t.macs, names=t.names)}
    lines = {row_key(r): r for a in addresses for r in sources.declared.lines(a)}
    return Asset(
        id=host(addresses[0]),
        addresses=addresses,
        macs=macs,
        names=tuple(sorted({n for t in known for n in t.names})),
        rows=tuple(rows[k] for k in sorted(rows)),
        lines=tuple(lines[k] for k in sorted(lines)),
        observed=any(a in sources.reach.seen for a in addresses),
        hits=tuple(h for a in addresses for h in hits.get(a, ())),
        possibly_same=(),
        evidence=tuple(sorted({e for a in addresses for o in sources.index.at(a) for e in o.evidence})),
    )


def _leader(group: tuple[IPAddress, ...], scope: Scope) -> IPAddress:
    """Give the address that names a device."""
    return min(group, key=lambda a: (not scope.contains(a), address_order(a)))


def _with_doubts(asset: Asset, others: set[IPAddress]) -> Asset:
    """Name the devices that this one may be."""
    if not others:
        return asset
    return replace(asset, possibly_same=tuple(host(a) for a in sorted(others, key=address_order)))


def _by_address(sources: Sources) -> dict[IPAddress, tuple[Recognised, ...]]:
    """Group the fingerprint hits by address."""
    found: dict[IPAddress, list[Recognised]] = defaultdict(list)
    for subject, hits in sources.hits.items():
        address = address_of(subject)
        if address is not None:
            found[address] += hits
    return {a: tuple(h) for a, h in found.items()}
