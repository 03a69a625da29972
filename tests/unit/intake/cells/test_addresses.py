from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.intake.cells.addresses import parse_addresses, parse_macs


def addresses(text: str, *, networks: bool = False) -> list[str]:
    parsed = parse_addresses(text, networks=networks)
    assert not parsed.wrong, parsed.wrong
    return [str(a) for a in parsed.value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.10", ["192.0.2.10"]),
        (" 192.0.2.10 ", ["192.0.2.10"]),
        ("１９２．０．２．１０", ["192.0.2.10"]),
        ("192。0。2。10", ["192.0.2.10"]),
        ("192.0.2.10\u200b", ["192.0.2.10"]),
        ("192.000.002.010", ["192.0.2.10"]),
        ("192.0.2.10/24", ["192.0.2.10"]),
        ("192.0.2.10/255.255.255.0", ["192.0.2.10"]),
        ("192.0.2.10、192.0.2.11", ["192.0.2.10", "192.0.2.11"]),
        ("192.0.2.10,192.0.2.11;192.0.2.12", ["192.0.2.10", "192.0.2.11", "192.0.2.12"]),
        ("192.0.2.10\n192.0.2.11", ["192.0.2.10", "192.0.2.11"]),
        ("192.0.2.10　192.0.2.11", ["192.0.2.10", "192.0.2.11"]),
        ("192.0.2.10/192.0.2.11", ["192.0.2.10", "192.0.2.11"]),
        ("192.0.2.10-12", ["192.0.2.10", "192.0.2.11", "192.0.2.12"]),
        ("192.0.2.10～192.0.2.12", ["192.0.2.10", "192.0.2.11", "192.0.2.12"]),
        ("192.0.2.10 〜 12", ["192.0.2.10", "192.0.2.11", "192.0.2.12"]),
        ("192.0.2.10−192.0.2.11", ["192.0.2.10", "192.0.2.11"]),
        ("192.0.2.10（LAN側）", ["192.0.2.10"]),
        ("LAN:192.0.2.10 WAN:203.0.113.1", ["192.0.2.10", "203.0.113.1"]),
        ("RTX830（192.0.2.1）", ["192.0.2.1"]),
        ("2001:DB8:0::1", ["2001:db8::1"]),
        ("2001:db8::1/64", ["2001:db8::1"]),
        ("abcd:ef01::2", ["abcd:ef01::2"]),
        ("fe80::1%eth0", ["fe80::1"]),
        ("[2001:db8::1]", ["2001:db8::1"]),
        ("v4:192.0.2.1、v6:2001:db8::1", ["192.0.2.1", "2001:db8::1"]),
        ("192.0.2.10、192.0.2.10", ["192.0.2.10"]),
    ],
)
def test_addresses_in_every_form(text: str, expected: list[str]) -> None:
    assert addresses(text) == expected


@pytest.mark.parametrize("text", ["", "-", "ー", "なし", "未定", "未設定", "N/A", "対象外", "未接続"])
def test_empty_words_are_no_address(text: str) -> None:
    parsed = parse_addresses(text)
    assert (parsed.value, parsed.wrong, parsed.noted) == ((), (), ())


@pytest.mark.parametrize("text", ["DHCP", "ＤＨＣＰ", "動的", "自動取得"])
def test_dynamic_is_no_address_and_told(text: str) -> None:
    parsed = parse_addresses(text)
    assert (parsed.value, parsed.wrong) == ((), ())
    assert [r.key for r in parsed.noted] == ["address_dynamic"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("192.168.〇.〇", "address_placeholder"),
        ("192.168.○.○", "address_placeholder"),
        ("x.x.x.x", "address_placeholder"),
        ("192.168.1.***", "address_placeholder"),
        ("192.0.2.256", "address"),
        ("192.0.2", "address"),
        ("192.0.2.1.1", "address"),
        ("0.0.0.0", "address"),
        ("224.0.0.1", "address"),
        ("192.0.2.0/24", "address_network"),
        ("192.0.2.12-10", "address_range"),
        ("192.0.2.1-2001:db8::1", "address_range"),
        ("192.0.2.1-192.0.3.255", "address_range_large"),
        ("192.0.2.10-300", "address"),
        ("サーバ室", "address_word"),
        ("同上", "address_word"),
        ("192.0.2.10, 12", "address"),
        ("12", "address"),
    ],
)
def test_what_is_no_address_is_wrong(text: str, key: str) -> None:
    assert [r.key for r in parse_addresses(text).wrong] == [key]


def test_word_beside_an_address_is_told_not_wrong() -> None:
    parsed = parse_addresses("192.0.2.10 サーバ室側")
    assert (parsed.value, parsed.wrong) == ((IPv4Address("192.0.2.10"),), ())
    assert [r.key for r in parsed.noted] == ["address_word"]


def test_good_addresses_beside_a_bad_one_are_kept() -> None:
    parsed = parse_addresses("192.0.2.10、192.0.2.999")
    assert parsed.value == (IPv4Address("192.0.2.10"),)
    assert [r.part for r in parsed.wrong] == ["192.0.2.999"]


def test_carrier_block_stands_for_its_hosts() -> None:
    assert addresses("203.0.113.8/29", networks=True) == [f"203.0.113.{n}" for n in range(9, 15)]
    assert [r.key for r in parse_addresses("203.0.112.0/22", networks=True).wrong] == ["address_range_large"]


def test_range_of_256_is_the_widest() -> None:
    assert len(addresses("192.0.2.0-192.0.2.255")) == 256


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("02:00:00:AB:cd:01", ["02:00:00:ab:cd:01"]),
        ("02-00-00-AB-CD-01", ["02:00:00:ab:cd:01"]),
        ("0200.00ab.cd01", ["02:00:00:ab:cd:01"]),
        ("020000abcd01", ["02:00:00:ab:cd:01"]),
        ("020000-abcd01", ["02:00:00:ab:cd:01"]),
        ("02 00 00 ab cd 01", ["02:00:00:ab:cd:01"]),
        ("０２：００：００：ＡＢ：ＣＤ：０１", ["02:00:00:ab:cd:01"]),
        ("02:00:00:00:00:20\n02:00:00:00:00:21", ["02:00:00:00:00:20", "02:00:00:00:00:21"]),
        ("LAN1:02-00-00-00-00-20", ["02:00:00:00:00:20"]),
        ("aa:bb:cc:dd:ee:ff", ["aa:bb:cc:dd:ee:ff"]),
        ("", []),
        ("不明", []),
    ],
)
def test_macs_in_every_form(text: str, expected: list[str]) -> None:
    parsed = parse_macs(text)
    assert (list(parsed.value), parsed.wrong) == (expected, ())


@pytest.mark.parametrize(
    "text", ["02:00:00:00:00", "02:00:00:00:00:0g", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "192.0.2.1", "あり"]
)
def test_what_is_no_mac_is_wrong(text: str) -> None:
    assert parse_macs(text).wrong


@given(st.text() | st.from_regex(r"[0-9a-fxXDHCP.:/,、~\-〇 \n()]{1,40}"), st.booleans())
def test_total(text: str, networks: bool) -> None:
    assert len(parse_addresses(text, networks=networks).value) <= 256 * max(1, len(text))
    parse_macs(text)


@given(
    st.lists(
        st.ip_addresses(v=4).filter(lambda a: not (a.is_multicast or a.is_unspecified)),
        min_size=1,
        max_size=5,
        unique=True,
    )
)
def test_any_list_of_addresses_reads_back(some: list[IPv4Address]) -> None:
    assert list(parse_addresses("、".join(map(str, some))).value) == some


@given(st.ip_addresses(v=6).filter(lambda a: not (a.is_multicast or a.is_unspecified)))
def test_any_ipv6_address_reads_back(address: object) -> None:
    assert parse_addresses(str(address)).value == (ip_address(str(address)),)
