"""The symbolic answer of a filter equals what evaluation packet by packet says, at every border and in between."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.access import ANY_PORT, TCP, UDP, Action, Endpoint, Permitted, Rule, on_either, permitted_sources, through
from sekisho.model.address_sets import ANY_V4, ANY_V6, ANYBODY, NOBODY, AddressSet, of_networks, of_range
from sekisho.model.subjects import IPAddress

LISTS = 10_000
PACKETS = 100  # of each list, besides the borders: a million in all
SERVERS: tuple[IPAddress, ...] = (IPv4Address("192.0.2.10"), IPv4Address("192.0.2.11"), IPv6Address("2001:db8::10"))


@dataclass(frozen=True)
class Packet:
    """The first packet of a connection."""

    source: IPAddress
    destination: IPAddress
    protocol: int
    source_port: int
    port: int


def admits(rules: Sequence[Rule], default: Action, packet: Packet, *, conditional_permits: bool) -> bool:
    """Evaluate a list for one packet, as the device would."""
    for rule in rules:
        if rule.is_conditional and (rule.action is Action.PERMIT) is not conditional_permits:
            continue
        if (
            packet.source in rule.source
            and packet.destination in rule.destination
            and (rule.protocols is None or packet.protocol in rule.protocols)
            and any(a <= packet.source_port <= b for a, b in rule.source_ports)
            and any(a <= packet.port <= b for a, b in rule.destination_ports)
        ):
            return rule.action is Action.PERMIT
    return default is Action.PERMIT


def draw_set(dice: random.Random) -> AddressSet:
    """Draw a few networks and ranges near each other, so that they overlap and touch."""
    kind = dice.randrange(6)
    if kind == 0:
        return dice.choice([ANYBODY, ANY_V4, ANY_V6])
    if kind == 1:
        low = IPv4Address(int(IPv4Address("198.51.100.0")) + dice.randrange(200))
        return of_range(low, low + dice.randrange(60))
    if kind == 2:
        low6 = IPv6Address(int(IPv6Address("2001:db8::")) + dice.randrange(200))
        return of_range(low6, low6 + dice.randrange(60))
    if kind == 3:
        return ~of_networks([ip_network(f"198.51.100.{dice.randrange(16) * 16}/28")])
    bits = dice.randrange(4, 9)
    start = dice.randrange(256) >> bits << bits
    both = [ip_network(f"198.51.100.{start}/{32 - bits}"), ip_network(f"2001:db8::{start:x}/{128 - bits}")]
    return of_networks(both[: dice.randrange(1, 3)])


def draw_destination(dice: random.Random) -> AddressSet:
    """Draw everything, some of the servers, or none of them."""
    if dice.random() < 0.5:
        return ANYBODY
    return of_networks(ip_network(str(s)) for s in dice.sample(SERVERS, dice.randrange(3)))


def draw_ports(dice: random.Random) -> tuple[tuple[int, int], ...]:
    """Draw all ports or a run of them."""
    if dice.random() < 0.6:
        return ANY_PORT
    first = dice.choice([0, 22, 443, 1024, 40000])
    return ((first, min(65535, first + dice.choice([0, 1, 500, 30000]))),)


def draw_rules(dice: random.Random) -> list[Rule]:
    """Draw a list of up to twelve rules."""
    return [
        Rule(
            dice.choice(list(Action)),
            draw_set(dice),
            draw_destination(dice),
            dice.choice([None, None, frozenset({TCP}), frozenset({UDP}), frozenset({TCP, UDP})]),
            draw_ports(dice),
            draw_ports(dice),
            is_conditional=dice.random() < 0.15,
            line=number,
        )
        for number in range(1, dice.randrange(1, 13))
    ]


def sources(rules: Sequence[Rule], dice: random.Random) -> Iterator[IPAddress]:
    """Give the addresses beside every border of every rule, and some anywhere."""
    for rule in rules:
        for intervals, make, last in (
            (rule.source.v4, IPv4Address, (1 << 32) - 1),
            (rule.source.v6, IPv6Address, (1 << 128) - 1),
        ):
            for first, end in intervals:
                for number in (first - 1, first, end, end + 1):
                    if 0 <= number <= last:
                        yield make(number)
    for _ in range(PACKETS):
        yield IPv4Address(int(IPv4Address("198.51.100.0")) + dice.randrange(256))
        yield IPv6Address(dice.choice([int(IPv6Address("2001:db8::")) + dice.randrange(256), dice.getrandbits(128)]))


def asked(rules: Sequence[Rule]) -> list[int]:
    """Give source ports of which one is in every part that the rules tell apart."""
    edges = {edge for rule in rules for a, b in rule.source_ports for edge in (a, b, b + 1)}
    return sorted({0, 65535} | {edge for edge in edges if edge <= 65535})


@pytest.mark.timeout(300)
def test_the_symbolic_answer_is_that_of_evaluation() -> None:
    seed = 20261121
    for number in range(LISTS):
        dice = random.Random(seed + number)  # noqa: S311 - a test
        rules, default = draw_rules(dice), dice.choice(list(Action))
        addresses = dice.sample(SERVERS, dice.randrange(1, 4))
        endpoint = Endpoint(of_networks(ip_network(str(a)) for a in addresses), dice.choice([TCP, UDP]), 443)
        answer = permitted_sources(rules, default, endpoint)
        assert answer.surely <= answer.possibly
        ports = asked(rules)
        for source in dice.sample(list(sources(rules, dice)), 25):
            packets = [
                Packet(source, a, endpoint.protocol, p, 443)
                for a in addresses
                if a.version == source.version
                for p in ports
            ]
            for permits, claimed in ((False, answer.surely), (True, answer.possibly)):
                real = any(admits(rules, default, p, conditional_permits=permits) for p in packets)
                assert real == (source in claimed), (seed + number, source, permits)
        by = [(line, len(who.v4) + len(who.v6)) for line, who in answer.by]
        assert all(count for _, count in by)
        assert {line for line, _ in by} <= {0} | {r.line for r in rules if r.action is Action.PERMIT}


def everybody_in(answer: Permitted) -> AddressSet:
    """Join whom the lines let in."""
    joined = NOBODY
    for _, who in answer.by:
        joined |= who
    return joined


@given(st.integers(min_value=0))
def test_lines_account_for_everybody_who_gets_in(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - a test
    endpoint = Endpoint(of_networks([ip_network("192.0.2.10"), ip_network("2001:db8::10")]), TCP, 443)
    first = permitted_sources(draw_rules(dice), Action.DENY, endpoint)
    second = permitted_sources(draw_rules(dice), Action.PERMIT, endpoint)
    for answer in (first, second, through(first, second)):
        assert everybody_in(answer) == answer.possibly
    both, either = through(first, second), on_either(first, second)
    assert both.possibly == first.possibly & second.possibly
    assert either.surely == first.surely | second.surely
