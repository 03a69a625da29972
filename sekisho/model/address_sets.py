"""Sets of IP addresses, both families in one value: union, intersection, difference, exact to the single address.

What may reach a service is such a set, never a guess: rule order, exceptions and both families fold into intervals.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, summarize_address_range
from typing import Final

from sekisho.errors import ParseError
from sekisho.model.subjects import IPAddress

Interval = tuple[int, int]
Intervals = tuple[Interval, ...]
"""First and last integer of each run, both included; sorted, no two overlapping or adjacent."""
IPNetwork = IPv4Network | IPv6Network

_LAST_V4: Final = (1 << 32) - 1
_LAST_V6: Final = (1 << 128) - 1
_MOST_WILD_BITS: Final = 12
"""A wildcard mask with gaps makes 2ⁿ runs; nobody writes more than a few bits, and 4,096 runs are still quick."""


@dataclass(frozen=True, slots=True)
class AddressSet:
    """Addresses of both families. Operators: | union, & intersection, - difference, ~ all the others, in, <= subset."""

    v4: Intervals = ()
    v6: Intervals = ()

    def __or__(self, other: AddressSet) -> AddressSet:
        """Unite."""
        return AddressSet(_union(self.v4 + other.v4), _union(self.v6 + other.v6))

    def __and__(self, other: AddressSet) -> AddressSet:
        """Intersect."""
        return AddressSet(_common(self.v4, other.v4), _common(self.v6, other.v6))

    def __invert__(self) -> AddressSet:
        """Give every other address of both families."""
        return AddressSet(_rest(self.v4, _LAST_V4), _rest(self.v6, _LAST_V6))

    def __sub__(self, other: AddressSet) -> AddressSet:
        """Take away."""
        return self & ~other

    def __le__(self, other: AddressSet) -> bool:
        """Tell whether all of it is in the other."""
        return not self - other

    def __bool__(self) -> bool:
        """Tell whether it holds any address."""
        return bool(self.v4 or self.v6)

    def __contains__(self, address: IPAddress) -> bool:
        """Tell whether it holds an address."""
        intervals = self.v4 if isinstance(address, IPv4Address) else self.v6
        place = bisect_right(intervals, (int(address), _LAST_V6)) - 1
        return place >= 0 and intervals[place][0] <= int(address) <= intervals[place][1]

    def networks(self) -> Iterator[IPNetwork]:
        """Give the smallest list of networks that makes up the set, IPv4 first."""
        for first, last in self.v4:
            yield from summarize_address_range(IPv4Address(first), IPv4Address(last))
        for first, last in self.v6:
            yield from summarize_address_range(IPv6Address(first), IPv6Address(last))

    def __str__(self) -> str:
        """Write it for people: networks, or `0.0.0.0/0 - exceptions` where that is shorter; "" for the empty set."""
        families = (_written(AddressSet(v4=self.v4), ANY_V4), _written(AddressSet(v6=self.v6), ANY_V6))
        return ", ".join(text for text in families if text)


def of_networks(networks: Iterable[IPNetwork]) -> AddressSet:
    """Make the set of all addresses of these networks."""
    v4: list[Interval] = []
    v6: list[Interval] = []
    for network in networks:
        (v4 if isinstance(network, IPv4Network) else v6).append(
            (int(network.network_address), int(network.broadcast_address))
        )
    return AddressSet(_union(v4), _union(v6))


def of_range(first: IPAddress, last: IPAddress) -> AddressSet:
    """Make the set from the first address to the last.

    Raises: ParseError if they are of two families or the wrong way round.
    """
    if first.version != last.version or int(first) > int(last):
        msg = f"range {first}-{last}: expected two addresses of one family, the lower one first"
        raise ParseError(msg)
    intervals = ((int(first), int(last)),)
    return AddressSet(v4=intervals) if isinstance(first, IPv4Address) else AddressSet(v6=intervals)


def of_wildcard(address: IPv4Address, wildcard: IPv4Address) -> AddressSet:
    """Make the set of an IPv4 address and a wildcard mask, in which a set bit means "any"; gaps are allowed.

    Raises: ParseError for a mask with more than 12 set bits above its lowest clear bit.
    """
    mask = int(wildcard)
    tail = (~mask & mask + 1).bit_length() - 1  # how many bits are set at the low end
    wild = [bit for bit in range(tail, mask.bit_length()) if mask >> bit & 1]
    if len(wild) > _MOST_WILD_BITS:
        msg = f"wildcard mask {wildcard}: {len(wild)} bits with gaps below them, at most {_MOST_WILD_BITS} are read"
        raise ParseError(msg)
    starts = [int(address) & ~mask & _LAST_V4]
    for bit in wild:
        starts += [start | 1 << bit for start in starts]
    return AddressSet(v4=_union([(start, start | (1 << tail) - 1) for start in starts]))


def _written(part: AddressSet, everything: AddressSet) -> str:
    """Write the addresses of one family."""
    plain = [str(n) for n in part.networks()]
    exceptions = [str(n) for n in (everything - part).networks()]
    if exceptions and len(exceptions) < len(plain):
        return f"{next(everything.networks())} - ({', '.join(exceptions)})"
    return ", ".join(plain)


def _union(intervals: Iterable[Interval]) -> Intervals:
    """Sort, and join what overlaps or touches."""
    joined: list[Interval] = []
    for first, last in sorted(intervals):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)


def _common(left: Intervals, right: Intervals) -> Intervals:
    """Walk both lists once and keep what is in both."""
    found: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        first, last = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if first <= last:
            found.append((first, last))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def _rest(intervals: Intervals, end: int) -> Intervals:
    """Give everything from 0 to `end` that is not in the list."""
    free: list[Interval] = []
    at = 0
    for first, last in intervals:
        if at < first:
            free.append((at, first - 1))
        at = last + 1
    if at <= end:
        free.append((at, end))
    return tuple(free)


NOBODY: Final = AddressSet()
ANY_V4: Final = AddressSet(v4=((0, _LAST_V4),))
ANY_V6: Final = AddressSet(v6=((0, _LAST_V6),))
ANYBODY: Final = AddressSet(ANY_V4.v4, ANY_V6.v6)
