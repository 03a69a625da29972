"""Which addresses belong to one device. Pure, independent of order, linear in the number of addresses.

Join keys, by what they prove:
- register row (several addresses in one row, or a line's terminal and its global address): joins, but not through an
  address that two rows name (a cluster's shared address).
- MAC address: joins, unless it is virtual (VRRP, HSRP, multicast), is shared by more than a handful of addresses (a
  router that answers ARP for others), or the register has different rows for the addresses.
- host name, SSH host key, certificate: one alone never joins, since makers ship default keys and certificates and
  images are cloned. A host name together with a key or certificate joins; so do key and CA-issued certificate if
  exactly two addresses share them. Anything that contradicts (other row, other MAC, other name, other key of the
  same type) keeps them apart, and they are marked "possibly same".
- an address seen only from outside never joins by a key: a NAT forwards what stands behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Final

from sekisho.model.macs import names_one_device
from sekisho.model.subjects import IPAddress

FEW: Final = 8
"""Largest number of addresses that one key may join; beyond it the key is a default or a relay's (our own figure)."""
_DEFAULT_NAMES: Final = frozenset(
    {"", "localhost", "router", "switch", "gateway", "firewall", "default", "unknown", "noname", "system", "printer"}
)
"""Names that devices carry from the factory; they identify nothing."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of one address.

    rows: keys of register rows that name it. joins: those rows and lines that make all their addresses one device.
    host_keys: (type, sha256). issued: those of certificates that somebody else signed. outside_only: seen from external
    vantages and from no other.
    """

    address: IPAddress
    rows: frozenset[str] = frozenset()
    joins: frozenset[str] = frozenset()
    macs: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    host_keys: frozenset[tuple[str, str]] = frozenset()
    certificates: frozenset[str] = frozenset()
    issued: frozenset[str] = frozenset()
    outside_only: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """Groups of addresses that are one device, and pairs of groups' addresses that may be."""

    groups: tuple[tuple[IPAddress, ...], ...]
    possibly_same: tuple[tuple[IPAddress, IPAddress], ...] = ()


@dataclass(slots=True)
class _Group:
    """What the addresses of one group have in common or apart."""

    rows: set[str] = field(default_factory=set)
    macs: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    host_keys: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    outside_only: bool = False

    def add(self, other: _Group) -> None:
        """Take in another group."""
        self.rows |= other.rows
        self.macs |= other.macs
        self.names |= other.names
        for kind, keys in other.host_keys.items():
            self.host_keys[kind] |= keys
        self.outside_only |= other.outside_only


class _Union:
    """Disjoint sets of addresses; the smallest address stands for its set, whatever the order of joining."""

    def __init__(self, traits: Iterable[Traits]) -> None:
        """Begin with every address alone."""
        self._parent: dict[IPAddress, IPAddress] = {}
        self.groups: dict[IPAddress, _Group] = {}
        for t in traits:
            self._parent[t.address] = t.address
            self.groups[t.address] = _group_of(t)

    def root(self, address: IPAddress) -> IPAddress:
        """Give the address that stands for a set."""
        while self._parent[address] != address:
            self._parent[address] = self._parent[self._parent[address]]
            address = self._parent[address]
        return address

    def join(self, one: IPAddress, other: IPAddress) -> None:
        """Make two sets one."""
        a, b = sorted((self.root(one), self.root(other)), key=address_order)
        if a != b:
            self._parent[b] = a
            self.groups[a].add(self.groups.pop(b))

    def sets(self) -> tuple[tuple[IPAddress, ...], ...]:
        """Give all sets, sorted inside and among themselves."""
        members: dict[IPAddress, list[IPAddress]] = defaultdict(list)
        for address in sorted(self._parent, key=address_order):
            members[self.root(address)].append(address)
        return tuple(tuple(m) for m in members.values())


def address_order(address: IPAddress) -> tuple[int, int]:
    """Sort key: IPv4 before IPv6, then by number."""
    return address.version, int(address)


def merge(traits: Iterable[Traits]) -> Merged:
    """Join addresses into devices; every permutation of the input gives the same result."""
    known = sorted(traits, key=lambda t: address_order(t.address))
    union = _Union(known)
    for members in _sharing(known, lambda t: t.joins):
        for one, other in pairwise(members):
            union.join(one, other)
    doubtful = set(_join_by_mac(known, union))
    doubtful |= set(_join_by_keys(known, union))
    apart = {(a, b) for a, b in doubtful if union.root(a) != union.root(b)}
    return Merged(union.sets(), tuple(sorted(apart, key=lambda p: (address_order(p[0]), address_order(p[1])))))


def _join_by_mac(known: list[Traits], union: _Union) -> Iterator[tuple[IPAddress, IPAddress]]:
    """Join what shares a real MAC; give the pairs that were left apart."""
    for members in _sharing(known, _real_macs):
        for one, other in pairwise(members):
            a, b = union.groups[union.root(one)], union.groups[union.root(other)]
            if len(members) > FEW or _disjoint(a.rows, b.rows):
                yield one, other
            else:
                union.join(one, other)


def _join_by_keys(known: list[Traits], union: _Union) -> Iterator[tuple[IPAddress, IPAddress]]:
    """Join pairs that share two kinds of keys and contradict nowhere; give the pairs that were left apart."""
    shared: dict[tuple[IPAddress, IPAddress], set[str]] = defaultdict(set)
    for kind, select in _WEAK.items():
        for members in _sharing(known, select):
            if len(members) > FEW:
                continue
            for pair in combinations(members, 2):
                shared[pair].add(kind)
                if len(members) == 2:  # noqa: PLR2004 - exactly these two and no third
                    shared[pair].add(f"{kind}:only")
    for one, other in sorted(shared, key=lambda p: (address_order(p[0]), address_order(p[1]))):
        a, b = union.groups[union.root(one)], union.groups[union.root(other)]
        if a is b:
            continue
        if _strong_enough(shared[one, other]) and not _contradict(a, b):
            union.join(one, other)
        else:
            yield one, other


_WEAK: Final[dict[str, Callable[[Traits], Iterable[object]]]] = {
    "name": lambda t: t.names - _DEFAULT_NAMES,
    "key": lambda t: t.host_keys,
    "certificate": lambda t: t.certificates,
    "issued": lambda t: t.issued,
}


def _strong_enough(kinds: set[str]) -> bool:
    """Tell whether the shared kinds of keys together prove one device."""
    named = "name" in kinds and bool(kinds & {"key", "certificate"})
    return named or {"key:only", "issued:only"} <= kinds


def _contradict(a: _Group, b: _Group) -> bool:
    """Tell whether anything says that two groups are two devices."""
    if a.outside_only or b.outside_only:
        return True
    if _disjoint(a.rows, b.rows) or _disjoint(a.macs, b.macs) or _disjoint(a.names, b.names):
        return True
    return any(_disjoint(a.host_keys[k], b.host_keys[k]) for k in set(a.host_keys) & set(b.host_keys))


def _disjoint(one: set[str], other: set[str]) -> bool:
    """Tell whether both sets say something and nothing in common."""
    return bool(one) and bool(other) and not one & other


def _group_of(traits: Traits) -> _Group:
    """Make a group of one address."""
    keys: dict[str, set[str]] = defaultdict(set)
    for kind, digest in traits.host_keys:
        keys[kind].add(digest)
    macs, names = set(_real_macs(traits)), set(traits.names - _DEFAULT_NAMES)
    return _Group(set(traits.rows), macs, names, keys, traits.outside_only)


def _real_macs(traits: Traits) -> frozenset[str]:
    """Give the MAC addresses that belong to one piece of hardware."""
    return frozenset(m for m in traits.macs if names_one_device(m))


def _sharing(known: list[Traits], select: Callable[[Traits], Iterable[object]]) -> list[list[IPAddress]]:
    """Give the addresses that share a value, for every value that two or more share, in stable order."""
    holders: dict[object, list[IPAddress]] = defaultdict(list)
    for traits in known:
        for value in select(traits):
            holders[value].append(traits.address)
    return [holders[v] for v in sorted(holders, key=repr) if len(holders[v]) > 1]
