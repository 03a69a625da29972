from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sekisho.errors import ProfileError
from sekisho.inventory.fingerprints import parse_fingerprints
from sekisho.inventory.lifecycle import declared_distribution, lifecycle, lifecycles
from sekisho.inventory.lifecycle_data import Bundle, Range, parse_bundle
from sekisho.inventory.products import OPERATING_SYSTEM
from sekisho.model.engagement import RowState
from sekisho.model.facts import Lifecycle, ProductSeen
from sekisho.model.subjects import Subject
from sekisho.profile_files import read_profile
from tests.unit.inventory.worlds import DEVICES, EOL, KEV, KNOWLEDGE, PRODUCTS, device, page, world

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


def system(name: str, version: str = "") -> ProductSeen:
    return ProductSeen(name, name, version, "", "operating_system", (), "ssh.banner", "x")


@pytest.mark.parametrize(
    ("systems", "packager"),
    [
        ((system("Debian"), system("Debian", "12")), "Debian 12"),
        ((system("Debian"),), "Debian"),
        ((), ""),
    ],
)
def test_what_a_distribution_packages_is_not_judged_by_its_maker(
    systems: tuple[ProductSeen, ...], packager: str
) -> None:
    web = replace(product("nginx", "1.30.0", "nginx"), category="")
    found = {f.product: f for f in lifecycles([web, product("FortiOS", "6.0.7"), *systems], DATA)}
    assert (found["nginx"].packager, found["nginx"].known) == (packager, True)
    assert (found["nginx"].cycle == "1.30") is (packager == "")
    assert (found["FortiOS"].packager, found["FortiOS"].version_affected) == ("", "yes"), "a device is no package"
    assert {f.packager for name, f in found.items() if name == "Debian"} <= {""}


@pytest.mark.parametrize(
    ("cell", "packaged"),
    [
        ("Ubuntu 22.04 LTS", True),
        ("Ｒｅｄ Ｈａｔ Enterprise Linux 8", True),
        ("RHEL8.6", True),
        ("MIRACLE LINUX 8", True),
        ("Linux", True),
        ("Windows Server 2019", False),
        ("", False),
        ("FreeBSD 13", False),
    ],
)
def test_a_distribution_in_the_registers_os_cell_makes_software_its_package(cell: str, *, packaged: bool) -> None:
    row = device("A", "192.0.2.1", os=cell)
    made = world(devices=(row,)).open("service:192.0.2.1/tcp/80", page(server="nginx/1.30.0"))
    host = Subject("host:192.0.2.1")
    (found,) = [o for o in made.inventory().index.of(Lifecycle, host) if o.value.product == "nginx"]
    assert found.value.packager == (cell if packaged else "")
    assert (found.value.cycle == "") is packaged
    assert (DEVICES.sha256 in found.evidence) is packaged, "the register is what says so"


def test_what_a_device_shows_itself_comes_before_its_register_row() -> None:
    web = replace(product("nginx", "1.30.0", "nginx"), category="")
    found = {f.product: f for f in lifecycles([web, system("Debian", "12")], DATA, declared="Ubuntu 22.04")}
    assert found["nginx"].packager == "Debian 12"
    assert set(found) == {"nginx", "Debian"}, "a cell alone is no product of the device"


def test_what_can_not_be_true_together_names_each_other() -> None:
    shown = [
        product("RTX3510", "23.01.02", "Yamaha"),
        system("Debian", "12"),
        replace(product("nginx", "1"), category=""),
    ]
    found = {f.product: f.one_of for f in lifecycles(shown, DATA)}
    both = ("Debian 12", "Yamaha RTX3510 23.01.02")
    assert found == {"RTX3510": both, "Debian": both, "nginx": ()}


@pytest.mark.parametrize(
    "shown",
    [
        [product("FortiOS", "6.0.7"), product("FortiGate-60E", "6.0.7")],
        [replace(product("iDRAC", "9", "Dell"), category="server"), system("Ubuntu", "22.04")],
        [system("Debian", "11"), system("Debian", "12")],
    ],
)
def test_what_goes_together_contradicts_nothing(shown: list[ProductSeen]) -> None:
    assert {f.one_of for f in lifecycles(shown, DATA)} == {()}


def test_the_os_of_a_retired_row_says_nothing() -> None:
    assert declared_distribution([device("A", "192.0.2.1", os="Ubuntu", state=RowState.DISPOSED)]) == ""


@pytest.mark.parametrize(
    ("field", "text", "system"),
    [
        ("ssh.banner", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", {("Debian", "12"), ("Debian", "")}),
        ("ssh.banner", "SSH-2.0-OpenSSH_9.2p1 Debian-2~bpo11+1", {("Debian", "")}),
        ("ssh.banner", "SSH-2.0-OpenSSH_9.9p1 Ubuntu-3ubuntu3.1", {("Ubuntu", "")}),
        ("ssh.banner", "SSH-2.0-OpenSSH_9.2p1", set()),
        ("http.server", "Apache/2.4.37 (Red Hat Enterprise Linux) OpenSSL/1.1.1k", {("Enterprise Linux", "")}),
        ("http.server", "nginx/1.18.0 (Ubuntu)", {("Ubuntu", "")}),
        ("http.server", "Apache/2.4.37 (Win64)", set()),
        ("greeting", "220 mail.example.jp ESMTP Postfix (Debian/GNU)", {("Debian", "")}),
    ],
)
def test_a_distribution_shows_itself_with_or_without_its_release(
    field: str, text: str, system: set[tuple[str, str]]
) -> None:
    shipped = parse_fingerprints([("software", read_profile("fingerprints", "software.toml"))])
    rows = [f for f in shipped if f.field == field and f.role == OPERATING_SYSTEM]
    assert {tuple(read[1:]) for f in rows if (read := f.read(text))} == system


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
