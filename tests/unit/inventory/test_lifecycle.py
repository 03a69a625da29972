from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sekisho.errors import ProfileError
from sekisho.inventory.lifecycle import lifecycle, lifecycles
from sekisho.inventory.lifecycle_data import Bundle, Range, parse_bundle
from sekisho.model.facts import Lifecycle, ProductSeen
from sekisho.model.subjects import Subject
from tests.unit.inventory.worlds import EOL, KEV, KNOWLEDGE, PRODUCTS, device, world

DATA = KNOWLEDGE.lifecycle


@pytest.mark.parametrize(
    ("seen", "known", "cycle"),
    [
        (("Fortinet", "FortiOS", "6.0.7"), True, "6.0"),
        (("フォーティネット", "FortiGate-60E", "v6.0.7,build0302"), True, "6.0"),
        (("Fortinet", "FortiOS", "6.1.0"), True, ""),
        (("Fortinet", "FortiOSX", "6.0.7"), False, ""),
        (("Cisco", "IOS XE", "17.09.04a"), True, "17.9"),
        (("Cisco", "IOS", "17.9"), False, ""),
        (("Yamaha", "RTX810", "11.01.21"), False, ""),
        (("", "", ""), False, ""),
    ],
)
def test_release_line_is_found_by_maker_name_and_version(seen: tuple[Any, ...], *, known: bool, cycle: str) -> None:
    found = lifecycle(seen[0], seen[1], seen[2], DATA)
    assert (found.known, found.cycle) == (known, cycle)
    assert found.data_dates == (("eol", "2026-08-22"), ("kev", "2025-08-25"))


@pytest.mark.parametrize(
    ("seen", "affected", "affecting"),
    [
        (("Fortinet", "FortiOS", "6.0.7"), "yes", ("CVE-2023-27997",)),
        (("Fortinet", "FortiOS", "6.0.17"), "no", ()),
        (("Fortinet", "FortiOS", "6.0"), "cannot_tell", ()),
        (("Fortinet", "FortiOS", ""), "cannot_tell", ()),
        (("nginx", "nginx", "1.18.0"), "cannot_tell", ()),
        (("Yamaha", "RTX810", "1"), "cannot_tell", ()),
    ],
)
def test_only_complete_ranges_can_say_no(seen: tuple[Any, ...], affected: str, affecting: tuple[Any, ...]) -> None:
    found = lifecycle(seen[0], seen[1], seen[2], DATA)
    assert (found.version_affected, found.affecting) == (affected, affecting)


@pytest.mark.parametrize(
    ("bounds", "version", "holds"),
    [
        (Range((6, 0), (6, 0, 4)), (6, 0, 4), True),
        (Range((6, 0), (6, 0, 4)), (6, 0, 5), False),
        (Range((6, 0), (6, 0, 4)), (6, 0), None),
        (Range((6, 0), (), (6, 2)), (6, 2), False),
        (Range((6, 0), (), (6, 2)), (6, 1, 9), True),
        (Range((), (), (6, 2, 1)), (6, 2), None),
        (
            Range(
                (6, 0, 0),
            ),
            (6,),
            True,
        ),
        (
            Range(
                (6, 0, 1),
            ),
            (5,),
            False,
        ),
    ],
)
def test_ranges(bounds: Range, version: tuple[Any, ...], *, holds: bool | None) -> None:
    assert bounds.holds(version) is holds


def product(name: str, version: str, vendor: str = "Fortinet") -> ProductSeen:
    return ProductSeen(vendor, name, version, "network", "", (), "http.text", "x")


def test_product_without_version_adds_nothing_beside_one_with_it() -> None:
    found = lifecycles([product("FortiGate", ""), product("FortiOS", "6.0.7"), product("nginx", "", "nginx")], DATA)
    assert [(f.product, f.version) for f in found] == [("FortiOS", "6.0.7"), ("nginx", "")]


def test_nothing_recognised_stays_in_the_report() -> None:
    (found,) = lifecycles([], Bundle({}))
    assert (found.product, found.known, found.data_dates) == ("", False, ())
    index = world(devices=(device("A", "192.0.2.1"),)).inventory().index
    assert index.of(Lifecycle, Subject("host:192.0.2.1"))[0].value.product == ""


@pytest.mark.parametrize(
    ("products", "eol", "said"),
    [
        ({"product": [{"id": "x"}]}, EOL, "vendor|names"),
        ({"product": []}, EOL, "not in products.toml"),
        (PRODUCTS, {"cycle": [{"product": "ios", "cycle": "1", "eol": "soon"}]}, "expected a date"),
    ],
)
def test_wrong_data_are_refused(products: dict[str, Any], eol: dict[str, Any], said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        parse_bundle(products, eol, KEV if products is PRODUCTS else None)


def test_data_may_be_missing_altogether() -> None:
    assert parse_bundle(PRODUCTS).dates == ()
    assert parse_bundle(PRODUCTS, {**EOL, "data_date": date(2026, 1, 1)}).dates == (("eol", "2026-01-01"),)
