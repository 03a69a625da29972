from __future__ import annotations

from typing import Any

import pytest

from sekisho.errors import ProfileError
from sekisho.inventory.fingerprints import MOST_TEXT, Fingerprint, parse_fingerprints, pattern_faults
from sekisho.inventory.products import best, full_name, recognise
from sekisho.model.facts import ProductSeen
from sekisho.profile_files import profile_names, read_profile
from tests.unit.inventory.worlds import greeting, page, ssh, world

ROW = {"id": "x", "field": "http.title", "pattern": r"X(?P<version>\d+)", "source": "s", "example": "X12"}


def parse(*rows: dict[str, Any]) -> tuple[Fingerprint, ...]:
    return parse_fingerprints([("f.toml", {"fingerprint": list(rows)})])


def test_named_groups_win_over_fixed_values() -> None:
    (row,) = parse({**ROW, "vendor": "V", "version": "0", "expected": {"version": "12", "vendor": "V"}})
    assert row.read("an X7 box") == ("V", "", "7")
    assert row.read("nothing") is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"field": "http.body"}, "field"),
        ({"pattern": "("}, "pattern"),
        ({"pattern": r"(?P<model>X)"}, "group 'model'"),
        ({"pattern": "Y"}, "example does not match"),
        ({"expected": {"version": "13"}}, "expected.version"),
        ({"expected": {"colour": "red"}}, "expected.colour"),
        ({"kinds": ["K19"]}, "kinds"),
        ({"patern": "X"}, "unknown key 'patern'"),
        ({"source": None}, None),
    ],
)
def test_wrong_rows_are_refused_by_name(change: dict[str, Any], said: str | None) -> None:
    row = {k: v for k, v in {**ROW, **change}.items() if v is not None}
    with pytest.raises(ProfileError, match=said or "missing key 'source'"):
        parse(row)


ICON = "0123456789abcdef" * 2


@pytest.mark.parametrize("pattern", [f"^{ICON}$", f"^(?:{ICON}|{ICON[::-1]})$"])
def test_a_row_of_an_icon_holds_whole_hashes(pattern: str) -> None:
    (row,) = parse({**ROW, "field": "http.favicon", "pattern": pattern, "example": ICON, "vendor": "V"})
    assert row.read(ICON) == ("V", "", "")
    assert row.read(ICON.replace("0", "1")) is None


@pytest.mark.parametrize(
    "pattern", [ICON, "^0123", f"^{ICON.upper()}$", f"^{ICON}", r"^[0-9a-f]{32}$", f"^(?:{ICON}|)$"]
)
def test_a_row_of_an_icon_that_could_match_another_is_refused(pattern: str) -> None:
    with pytest.raises(ProfileError, match="expected whole hashes"):
        parse({**ROW, "field": "http.favicon", "pattern": pattern, "example": ICON})


def test_all_faults_are_told_at_once_and_ids_are_unique() -> None:
    with pytest.raises(ProfileError) as error:
        parse(ROW, ROW, {**ROW, "id": "y", "field": "?"})
    assert str(error.value).count("\n") == 1


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"(?:x|y)*z", r"(a|a){2,}", r"a.*b.*c.*d", "(?P<a>x"])
def test_patterns_that_could_take_for_ever_are_refused(pattern: str) -> None:
    assert pattern_faults(pattern)


@pytest.mark.parametrize("pattern", [r"(?:\d+\.)?x", r"[()+*]+", r"\(a\)+", r"(a){1,3}", r"a.*b"])
def test_harmless_patterns_are_accepted(pattern: str) -> None:
    assert pattern_faults(pattern) == []


def test_every_shipped_fingerprint_matches_its_own_example() -> None:
    rows = parse_fingerprints((n, read_profile("fingerprints", f"{n}.toml")) for n in profile_names("fingerprints"))
    assert len(rows) > 100


def test_shipped_patterns_come_to_an_end_on_hostile_text() -> None:
    rows = parse_fingerprints((n, read_profile("fingerprints", f"{n}.toml")) for n in profile_names("fingerprints"))
    texts = ["a" * MOST_TEXT, "1." * MOST_TEXT, "FortiGate-" * 300, " v1.0" * 500, "-" * MOST_TEXT]
    assert [row.read(text) for text in texts for row in rows]  # a runaway pattern would hang here


def test_device_comes_before_software_and_version_before_none() -> None:
    made = world().open("service:192.0.2.1/tcp/443", page("x", server="nginx/1.18.0", text="FortiGate-60E v6.0.7"))
    made.open("service:192.0.2.1/tcp/23", greeting("telnet", "nothing known"))
    inventory = made.inventory()
    (asset,) = inventory.assets
    assert asset.product is not None
    assert (asset.product.product, asset.product.version, asset.category) == ("FortiOS", "6.0.7", "network")
    assert {h.product.product for h in asset.hits} == {"FortiOS", "nginx"}
    assert best(inventory.services[0].hits) is None


@pytest.mark.parametrize(
    ("banner", "named", "beneath"),
    [
        ("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", ("OpenSSH", "9.2p1"), ("Debian", "12")),
        ("SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.6", ("OpenSSH", "8.9p1"), ("Ubuntu", "22.04")),
        ("SSH-2.0-OpenSSH_10.0p2 Debian-7", ("OpenSSH", "10.0p2"), ("Debian", "13")),
    ],
)
def test_a_service_is_called_by_its_software_and_not_by_the_system_beneath(
    banner: str, named: tuple[str, str], beneath: tuple[str, str]
) -> None:
    made = world().open("service:192.0.2.1/tcp/22", ssh(banner.removeprefix("SSH-2.0-")))
    rows = parse_fingerprints((n, read_profile("fingerprints", f"{n}.toml")) for n in profile_names("fingerprints"))
    (hits,) = recognise(made.inventory().index, rows).values()
    product = best(hits)
    assert product is not None
    assert (product.product, product.version) == named
    assert beneath in {(h.product.product, h.product.version) for h in hits}


def test_software_alone_does_not_name_the_device() -> None:
    (asset,) = world().open("service:192.0.2.1/tcp/80", page(server="nginx/1.18.0")).inventory().assets
    assert (asset.product, asset.category) == (None, "")


@pytest.mark.parametrize(
    ("vendor", "product", "name"),
    [
        ("Apache", "HTTP Server", "Apache HTTP Server"),
        ("Cradlepoint", "Cradlepoint router", "Cradlepoint router"),
        ("", "nginx", "nginx"),
        ("Fortinet", "", ""),
    ],
)
def test_a_product_is_named_with_its_maker(vendor: str, product: str, name: str) -> None:
    assert full_name(ProductSeen(vendor, product, "1", "", "", (), "greeting", "x")) == name


def test_a_protocol_is_no_product() -> None:
    rows = parse_fingerprints((n, read_profile("fingerprints", f"{n}.toml")) for n in profile_names("fingerprints"))
    (vnc,) = [r for r in rows if r.id == "vnc"]
    assert vnc.read("RFB 003.008") == ("", "", "")
    assert vnc.role == "remote_control"
