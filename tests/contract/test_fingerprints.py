"""The fingerprint table: makers from the closed list, one spelling per product, and recog as outside measure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from sekisho.inventory.fingerprints import Fingerprint
from sekisho.inventory.words import fold, vendor_name, vendors
from sekisho.model.facts import ProductSeen
from sekisho.profile_files import read_profile
from tools.benching import fingerprints as bench

TABLE = bench.shipped()
ROWS = read_profile("devices", "vendors.toml")["vendor"]


def test_every_maker_stands_in_the_closed_list_in_that_spelling() -> None:
    told = {f.id: read[0] for f in TABLE if (read := f.read(f.example)) and read[0]}
    assert {i: v for i, v in told.items() if v not in vendors()} == {}
    assert len(told) > 400


def test_no_maker_is_taken_from_a_text_as_it_stands() -> None:
    """A group could bring any spelling; the fixed value is in the list."""
    assert [f.id for f in TABLE if "vendor" in f.pattern.groupindex] == []


def test_the_list_of_makers_is_closed_and_each_spelling_means_one() -> None:
    spellings: dict[str, set[str]] = defaultdict(set)
    for row in ROWS:
        assert set(row) <= {"name", "registers", "also"}
        for spelling in (row["name"], *row.get("registers", ()), *row.get("also", ())):
            spellings[fold(spelling)].add(row["name"])
    assert {s: names for s, names in spellings.items() if len(names) > 1} == {}
    assert vendors() == tuple(sorted(vendors(), key=str.casefold))


def test_spellings_are_one_name() -> None:
    assert vendor_name("Hewlett-Packard") == vendor_name("HP") == vendor_name("hewlett packard enterprise")
    assert vendor_name("ヤマハ") == vendor_name("Yamaha")
    assert vendor_name("Nobody Ltd.") == "nobody ltd."


def test_a_product_has_one_spelling() -> None:
    spelt: dict[tuple[str, str], set[str]] = defaultdict(set)
    for f in TABLE:
        if f.product:
            spelt[f.vendor, re.sub(r"[\s_-]", "", f.product.casefold())].add(f.product)
    assert {k: v for k, v in spelt.items() if len(v) > 1} == {}


def test_no_example_of_a_device_is_claimed_for_another_maker() -> None:
    """What a device runs on or with may be named beside it; two rows may not make two makers' devices of one text."""
    devices: dict[str, list[Fingerprint]] = defaultdict(list)
    for f in TABLE:
        if f.category and f.vendor:
            devices[f.field].append(f)
    claims = {
        (f.id, other.id)
        for rows in devices.values()
        for f in rows
        for other in rows
        if other.vendor != f.vendor and other.read(f.example)
    }
    assert claims == set()


def test_each_icon_stands_in_one_row() -> None:
    icons = [h for f in TABLE if f.field == "http.favicon" for h in re.findall(r"[0-9a-f]{32}", f.pattern.pattern)]
    assert len(icons) > 60
    assert len(set(icons)) == len(icons)


@pytest.mark.skipif(not bench.EXAMPLES.is_dir(), reason="recog's examples are not beside the repository")
def test_recogs_examples_of_network_devices_are_known_and_hardly_any_is_named_wrongly() -> None:
    done = bench.results(tuple(bench.examples(bench.EXAMPLES)), TABLE)
    assert bench.Score.of(done).right / bench.Score.of(done).named >= 0.99
    done = [r for r in done if r.example.source not in bench.SPLIT]
    network = bench.Score.of([r for r in done if r.example.is_network and r.example.vendors])
    everything = bench.Score.of(done)
    assert network.examples > 800
    assert network.vendor / network.examples >= 0.90
    assert network.product / network.examples >= 0.90
    assert network.right / network.named >= 0.99
    assert everything.right / everything.named >= 0.99
    assert network.versions_right / network.versions >= 0.99


def test_without_examples_the_bench_says_so_and_leaves_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bench.PAGE.read_bytes()
    assert bench.main(["--examples", str(tmp_path / "none")]) == 0
    assert "nothing measured" in capsys.readouterr().out
    assert bench.PAGE.read_bytes() == before


def test_a_wrong_name_is_counted_as_wrong(tmp_path: Path) -> None:
    given = '<param pos="0" name="hw.vendor" value="{}"/><param pos="0" name="hw.device" value="Router"/>'
    row = f"<fingerprint><example>{{}}</example>{given}</fingerprint>"
    rows = row.format("NetScreen", "Juniper") + row.format("NetScreen", "Cisco") + row.format("nobody", "Cisco")
    (tmp_path / "ssh_banners.xml").write_text(f"<fingerprints>{rows}</fingerprints>")
    score = bench.Score.of(bench.results(tuple(bench.examples(tmp_path)), TABLE))
    assert (score.examples, score.vendor, score.named, score.right) == (3, 1, 2, 1)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ASA", "Adaptive Security Appliance", True),
        ("ExtremeXOS", "XOS", True),
        ("Switch 4500 26-Port", "Switch 4500", True),
        ("IOS", "JUNOS", False),
        ("AP", "WAP", False),
        ("", "IOS", False),
    ],
)
def test_products_are_one_by_their_words_or_initials(one: str, other: str, same: bool) -> None:
    seen = ProductSeen("Cisco", one, "", "network", "", (), "snmp.sysdescr", "x")
    example = bench.Example("s", "t", frozenset({"cisco"}), frozenset(), frozenset({other}), "Router", frozenset())
    assert bench.Result(example, seen).product_is_right is same


def test_the_half_that_is_kept_back_is_the_same_everywhere_and_about_a_half() -> None:
    assert bench.is_kept_back(["Router login"]) is bench.is_kept_back(["Router login", "another of the same row"])
    back = [bench.is_kept_back([f"title {n}"]) for n in range(1000)]
    assert 400 < sum(back) < 600
    assert not bench.is_kept_back([])


def test_siblings_stand_in_one_half_and_kinds_in_view_have_none(tmp_path: Path) -> None:
    rows = "".join(f"<fingerprint><example>a {n}</example><example>b {n}</example></fingerprint>" for n in range(40))
    for source in ("html_title", "http_servers"):
        (tmp_path / f"{source}.xml").write_text(f"<fingerprints>{rows}</fingerprints>")
    found = tuple(bench.examples(tmp_path))
    halves = {
        n: {e.kept_back for e in found if e.source == "html_title" and e.text.endswith(f" {n}")} for n in range(40)
    }
    assert {len(h) for h in halves.values()} == {1}
    assert set.union(*halves.values()) == {True, False}
    assert not any(e.kept_back for e in found if e.source == "http_servers")


def test_only_kinds_whose_file_is_there_are_read(tmp_path: Path) -> None:
    row = "<fingerprints><fingerprint><example>SVPNCOOKIE=; path=/</example>{}</fingerprint></fingerprints>"
    maker = '<param pos="0" name="service.vendor" value="Fortinet"/>'
    (tmp_path / "http_cookies.xml").write_text(row.format(maker))
    assert bench.kinds_in(tmp_path) == ("http_cookies",)
    (result,) = bench.results(tuple(bench.examples(tmp_path)), TABLE)
    assert result.vendor_is_right


def test_an_example_named_wrongly_is_told_with_our_row_but_not_whose_it_is_where_it_is_kept_back() -> None:
    shown = bench.Example(
        "html_title", "FortiGate", frozenset({"cisco"}), frozenset(), frozenset(), "Router", frozenset()
    )
    told = bench.page(bench.results([shown], TABLE), TABLE)
    hidden = bench.page(bench.results([replace(shown, kept_back=True)], TABLE), TABLE)
    assert "ours Fortinet (fortigate-name-http-title), example cisco" in told
    assert "ours Fortinet (fortigate-name-http-title), example kept back" in hidden
    assert "cisco" not in hidden.partition("Named wrongly")[2].partition("Network devices missed")[0]
