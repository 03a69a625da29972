from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.inventory.identity import FEW, Merged, Traits, merge

A, B, C = (ip_address(f"192.0.2.{n}") for n in (1, 2, 3))
MAC, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02"


def f(*values: object) -> frozenset[Any]:
    return frozenset(values)


def groups(*traits: Traits) -> tuple[Any, ...]:
    return merge(traits).groups


def test_addresses_stay_apart_when_nothing_is_shared() -> None:
    assert groups(Traits(A, macs=f(MAC)), Traits(B, macs=f(OTHER))) == ((A,), (B,))


def test_row_with_several_addresses_joins_them() -> None:
    assert groups(Traits(A, rows=f("r"), joins=f("r")), Traits(B, rows=f("r"), joins=f("r"))) == ((A, B),)


def test_row_joins_even_when_the_cards_have_two_macs() -> None:
    one, other = Traits(A, joins=f("r"), macs=f(MAC)), Traits(B, joins=f("r"), macs=f(OTHER))
    assert groups(one, other) == ((A, B),)


def test_shared_mac_joins() -> None:
    assert groups(Traits(A, macs=f(MAC)), Traits(B, macs=f(MAC))) == ((A, B),)


@pytest.mark.parametrize("mac", ["00:00:5e:00:01:0a", "00:00:0c:07:ac:01", "00:00:00:00:00:00", "01:00:5e:00:00:01"])
def test_virtual_mac_does_not_join(mac: str) -> None:
    assert merge([Traits(A, macs=f(mac)), Traits(B, macs=f(mac))]) == Merged(((A,), (B,)))


def test_mac_that_answers_for_many_does_not_swallow_them() -> None:
    many = [Traits(ip_address(f"192.0.2.{n}"), macs=f(MAC)) for n in range(1, FEW + 3)]
    merged = merge(many)
    assert len(merged.groups) == len(many)
    assert merged.possibly_same


def test_shared_mac_with_two_register_rows_is_only_possibly_the_same() -> None:
    merged = merge([Traits(A, rows=f("1"), macs=f(MAC)), Traits(B, rows=f("2"), macs=f(MAC))])
    assert merged == Merged(((A,), (B,)), ((A, B),))


@pytest.mark.parametrize(
    ("traits"),
    [
        {"host_keys": f(("ssh-ed25519", "k"))},
        {"certificates": f("c")},
        {"names": f("fw-main")},
        {"certificates": f("c"), "issued": f("c")},
        {"host_keys": f(("ssh-ed25519", "k")), "certificates": f("c")},
    ],
)
def test_one_kind_of_key_alone_only_marks(traits: Any) -> None:
    assert merge([Traits(A, **traits), Traits(B, **traits)]) == Merged(((A,), (B,)), ((A, B),))


@pytest.mark.parametrize(
    "traits",
    [
        {"names": f("fw-main"), "host_keys": f(("ssh-ed25519", "k"))},
        {"names": f("fw-main"), "certificates": f("c")},
        {"host_keys": f(("ssh-ed25519", "k")), "certificates": f("c"), "issued": f("c")},
    ],
)
def test_two_kinds_of_keys_join(traits: Any) -> None:
    assert groups(Traits(A, **traits), Traits(B, **traits)) == ((A, B),)


def test_factory_key_and_certificate_of_three_devices_join_none() -> None:
    traits: Any = {"host_keys": f(("ssh-rsa", "k")), "certificates": f("c"), "issued": f("c")}
    assert groups(*(Traits(a, **traits) for a in (A, B, C))) == ((A,), (B,), (C,))


def test_factory_host_name_does_not_count() -> None:
    traits: Any = {"names": f("router"), "host_keys": f(("ssh-rsa", "k"))}
    assert groups(Traits(A, **traits), Traits(B, **traits)) == ((A,), (B,))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"rows": f("1")}, {"rows": f("2")}),
        ({"macs": f(MAC)}, {"macs": f(OTHER)}),
        ({"host_keys": f(("ssh-rsa", "k1"))}, {"host_keys": f(("ssh-rsa", "k2"))}),
        ({"outside_only": True}, {}),
    ],
)
def test_contradiction_keeps_apart_what_shares_two_keys(one: dict[str, Any], other: dict[str, Any]) -> None:
    shared: Any = {"names": f("fw-main"), "certificates": f("c")}
    merged = merge([Traits(A, **shared, **one), Traits(B, **shared, **other)])
    assert merged == Merged(((A,), (B,)), ((A, B),))


KEYS = st.sampled_from(["a", "b", "c"])
TRAITS = st.builds(
    lambda n, **more: Traits(ip_address(f"192.0.2.{n}"), **more),
    st.integers(1, 9),
    rows=st.frozensets(KEYS, max_size=2),
    joins=st.frozensets(KEYS, max_size=1),
    macs=st.frozensets(st.sampled_from([MAC, OTHER]), max_size=1),
    names=st.frozensets(KEYS, max_size=1),
    host_keys=st.frozensets(st.tuples(st.just("ssh-rsa"), KEYS), max_size=1),
    certificates=st.frozensets(KEYS, max_size=1),
    issued=st.frozensets(KEYS, max_size=1),
    outside_only=st.booleans(),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(TRAITS, max_size=9, unique_by=lambda t: t.address).flatmap(
        lambda x: st.tuples(st.just(x), st.permutations(x))
    )
)
def test_any_order_gives_the_same_devices(both: tuple[list[Traits], list[Traits]]) -> None:
    first, second = both
    assert merge(first) == merge(second)


@given(st.lists(TRAITS, max_size=9, unique_by=lambda t: t.address))
def test_every_address_is_in_exactly_one_device(traits: list[Traits]) -> None:
    merged = merge(traits)
    flat = sorted((a for group in merged.groups for a in group), key=int)
    assert flat == sorted((t.address for t in traits), key=int)


def test_ten_thousand_addresses_with_one_factory_key_are_not_compared_pairwise() -> None:
    base = int(ip_address("10.0.0.0"))
    many = [Traits(ip_address(base + n), host_keys=f(("ssh-rsa", "factory")), names=f(f"h{n}")) for n in range(10_000)]
    assert len(merge(many).groups) == 10_000
