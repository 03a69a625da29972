"""Sets of addresses: laws of algebra, borders, wildcard masks, and how they are written."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.errors import ParseError
from sekisho.model.address_sets import ANY_V4, ANYBODY, NOBODY, AddressSet, of_networks, of_range, of_wildcard

V4 = st.integers(0, (1 << 32) - 1)
V6 = st.integers(0, (1 << 128) - 1)


@st.composite
def sets(draw: st.DrawFn) -> AddressSet:
    """Draw a union of ranges of both families."""
    made = NOBODY
    for low, high in draw(st.lists(st.tuples(V4, V4), max_size=4)):
        made |= of_range(IPv4Address(min(low, high)), IPv4Address(max(low, high)))
    for low, high in draw(st.lists(st.tuples(V6, V6), max_size=4)):
        made |= of_range(IPv6Address(min(low, high)), IPv6Address(max(low, high)))
    return made


@given(sets(), sets(), sets())
def test_the_laws_of_sets_hold(a: AddressSet, b: AddressSet, c: AddressSet) -> None:
    assert ~~a == a
    assert ~(a | b) == ~a & ~b
    assert a & (b | c) == (a & b) | (a & c)
    assert a - b == a & ~b
    assert (a - b) | (a & b) == a
    assert not (a - b) & b
    assert a | ~a == ANYBODY
    assert (a <= b) == (not a - b)


@given(sets(), V4, V6)
def test_membership_is_that_of_the_networks(a: AddressSet, v4: int, v6: int) -> None:
    networks = list(a.networks())
    for address in (IPv4Address(v4), IPv6Address(v6)):
        assert (address in a) == any(address.version == n.version and address in n for n in networks)
    assert of_networks(networks) == a


@pytest.mark.parametrize(
    ("networks", "written"),
    [
        ([], ""),
        (["192.0.2.0/25", "192.0.2.128/25"], "192.0.2.0/24"),
        (["0.0.0.0/0"], "0.0.0.0/0"),
        (["::/0", "192.0.2.1"], "192.0.2.1/32, ::/0"),
        (["2001:db8::/64", "2001:db8:0:1::/64"], "2001:db8::/63"),
    ],
)
def test_sets_are_written_as_networks(networks: list[str], written: str) -> None:
    assert str(of_networks(ip_network(n) for n in networks)) == written


def test_all_but_a_few_is_written_as_that() -> None:
    assert str(ANY_V4 - of_networks([ip_network("192.0.2.0/24")])) == "0.0.0.0/0 - (192.0.2.0/24)"


@pytest.mark.parametrize(
    ("address", "wildcard", "inside", "outside"),
    [
        ("192.0.2.0", "0.0.0.255", ["192.0.2.0", "192.0.2.255"], ["192.0.3.0", "192.0.1.255"]),
        ("192.0.2.1", "0.0.0.0", ["192.0.2.1"], ["192.0.2.0", "192.0.2.2"]),
        ("0.0.0.0", "255.255.255.255", ["0.0.0.0", "255.255.255.255"], []),
        ("192.0.2.1", "0.0.0.254", ["192.0.2.1", "192.0.2.255"], ["192.0.2.0", "192.0.2.2"]),
        ("192.0.0.7", "0.0.255.0", ["192.0.0.7", "192.0.255.7"], ["192.0.0.8", "192.1.0.7"]),
    ],
)
def test_wildcard_masks(address: str, wildcard: str, inside: list[str], outside: list[str]) -> None:
    made = of_wildcard(IPv4Address(address), IPv4Address(wildcard))
    assert all(IPv4Address(a) in made for a in inside)
    assert not any(IPv4Address(a) in made for a in outside)


@given(V4, V4, V4)
def test_a_wildcard_matches_by_its_clear_bits(address: int, wildcard: int, other: int) -> None:
    try:
        made = of_wildcard(IPv4Address(address), IPv4Address(wildcard))
    except ParseError:
        assert wildcard.bit_count() > 12
        return
    assert (IPv4Address(other) in made) == ((other ^ address) & ~wildcard & 0xFFFFFFFF == 0)


@pytest.mark.parametrize(("first", "last"), [("192.0.2.2", "192.0.2.1"), ("192.0.2.1", "2001:db8::")])
def test_a_range_the_wrong_way_round_is_refused(first: str, last: str) -> None:
    with pytest.raises(ParseError, match=r"the lower one first"):
        of_range(ip_address(first), ip_address(last))
