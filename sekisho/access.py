"""Who gets through a list of filter rules to a service: the exact set of source addresses. Pure.

First match wins, what no rule matches meets the default. A rule with a condition that can't be evaluated (a schedule, a
user, a host name) may or may not match: the answer then has two bounds, and nothing between them is called restricted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Final

from sekisho.model.address_sets import ANYBODY, NOBODY, AddressSet, Interval, Intervals

_LAST_PORT: Final = 65535
ANY_PORT: Final[Intervals] = ((0, _LAST_PORT),)
TCP: Final = 6
UDP: Final = 17
"""IP protocol numbers (IANA)."""


class Action(StrEnum):
    """What a rule does with what it matches."""

    PERMIT = "permit"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a filter, for connections that begin: a rule for established ones alone is left out by its reader.

    protocols: IP protocol numbers, None for every one. ports: intervals, both ends included.
    is_conditional: it has a further condition that can't be evaluated here. line: where it stands, from 1.
    """

    action: Action
    source: AddressSet = ANYBODY
    destination: AddressSet = ANYBODY
    protocols: frozenset[int] | None = None
    source_ports: Intervals = ANY_PORT
    destination_ports: Intervals = ANY_PORT
    is_conditional: bool = False
    line: int = 0


def either(rule: Rule) -> tuple[Rule, Rule]:
    """Make of a rule whose action can't be told (not read, or up to the device's state) a pair that leaves it open."""
    denies = replace(rule, action=Action.DENY, is_conditional=True)
    return denies, replace(rule, action=Action.PERMIT, is_conditional=True)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The service that is asked about: its addresses, IP protocol and destination port."""

    addresses: AddressSet
    protocol: int
    port: int


@dataclass(frozen=True, slots=True)
class Permitted:
    """Who gets through. surely ⊆ possibly; they differ only where a rule is conditional.

    by: for each line that lets somebody in, whom (possibly); line 0 is the default.
    """

    surely: AddressSet
    possibly: AddressSet
    by: tuple[tuple[int, AddressSet], ...]


def permitted_sources(rules: Sequence[Rule], default: Action, endpoint: Endpoint) -> Permitted:
    """Give who reaches an endpoint through a list of rules, from any source port, at any of its addresses."""
    relevant = [rule for rule in rules if _concerns(rule, endpoint)]
    surely = NOBODY
    let_in: dict[int, AddressSet] = {}
    for addresses, source_port in _cells(relevant, endpoint):
        here = [r for r in relevant if addresses & r.destination and _holds(r.source_ports, source_port)]
        family = _families(addresses)
        narrow = [r for r in here if not (r.is_conditional and r.action is Action.PERMIT)]
        wide = [r for r in here if not (r.is_conditional and r.action is Action.DENY)]
        for _, sources in _let_in(narrow, default):
            surely |= sources & family
        for line, sources in _let_in(wide, default):
            let_in[line] = let_in.get(line, NOBODY) | sources & family
    possibly = reduce(or_, let_in.values(), NOBODY)
    return Permitted(surely, possibly, tuple((line, let_in[line]) for line in sorted(let_in) if let_in[line]))


def through(first: Permitted, second: Permitted) -> Permitted:
    """Give who gets through two lists that stand one behind the other; `by` names the lines of the second."""
    by = tuple((line, sources & first.possibly) for line, sources in second.by if sources & first.possibly)
    return Permitted(first.surely & second.surely, first.possibly & second.possibly, by)


def on_either(first: Permitted, second: Permitted) -> Permitted:
    """Give who gets through at least one of two ways in."""
    return replace(
        first, surely=first.surely | second.surely, possibly=first.possibly | second.possibly, by=first.by + second.by
    )


def _concerns(rule: Rule, endpoint: Endpoint) -> bool:
    """Tell whether a rule can match a packet to the endpoint."""
    is_protocol = rule.protocols is None or endpoint.protocol in rule.protocols
    return is_protocol and _holds(rule.destination_ports, endpoint.port) and bool(rule.destination & endpoint.addresses)


def _cells(rules: Sequence[Rule], endpoint: Endpoint) -> Iterator[tuple[AddressSet, int]]:
    """Cut destination addresses and source ports into parts within which every rule matches wholly or not at all.

    Gives: the addresses of each part and one source port that stands for its own.
    """
    ports = sorted({0} | {edge for rule in rules for edge in _edges(rule.source_ports) if edge <= _LAST_PORT})
    for addresses in _parts(rules, endpoint.addresses):
        for port in ports:
            yield addresses, port


def _parts(rules: Sequence[Rule], addresses: AddressSet) -> Iterator[AddressSet]:
    """Cut a set of addresses where the destination of a rule begins or ends."""
    parts = [addresses] if addresses else []
    for destination in dict.fromkeys(rule.destination for rule in rules):
        parts = [piece for part in parts for piece in (part & destination, part - destination) if piece]
    yield from parts


def _let_in(rules: Sequence[Rule], default: Action) -> Iterator[tuple[int, AddressSet]]:
    """Walk the rules; give the line and the sources of each that lets somebody in whom none before it matched."""
    left = ANYBODY
    for rule in rules:
        matched = rule.source & left
        if matched and rule.action is Action.PERMIT:
            yield rule.line, matched
        left -= matched
    if left and default is Action.PERMIT:
        yield 0, left


def _families(addresses: AddressSet) -> AddressSet:
    """Give every address of the families that occur: nobody reaches an IPv4 address from an IPv6 one."""
    return AddressSet(ANYBODY.v4 if addresses.v4 else (), ANYBODY.v6 if addresses.v6 else ())


def _holds(intervals: Intervals, number: int) -> bool:
    """Tell whether a number is in one of the intervals."""
    return any(first <= number <= last for first, last in intervals)


def _edges(intervals: Intervals) -> Iterator[int]:
    """Give where a run begins and where what follows it begins."""
    interval: Interval
    for interval in intervals:
        yield interval[0]
        yield interval[1] + 1
