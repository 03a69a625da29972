"""YAMAHA `show config`: what is filtered, who reaches the device, and which lines were understood."""

from __future__ import annotations

import tomllib
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.configs.device import Device, Management
from scanners.configs.text import read_lines
from scanners.configs.yamaha.parse import parse
from sekisho.model.address_sets import ANY_V4, NOBODY, AddressSet, of_networks

EDGE = """
# RTX830 Rev.15.02.26 (Thu Aug 25 10:00:00 2022)
security class 1 on off
ip route default gateway pp 1
ip route 198.51.100.0/24 gateway tunnel 1
ip lan1 address 192.0.2.1/24
ipv6 lan1 address 2001:db8:1::1/64
ip lan1 secure filter in 2000 2099
pp select 1
 pppoe use lan2
 ip pp address 203.0.113.9/32
 ip pp secure filter in 1001 1010 1099
 pp enable 1
tunnel select 1
 ip tunnel secure filter in 3000
 tunnel enable 1
ip filter 1001 pass 203.0.113.64/26 203.0.113.9 tcp * 22
ip filter 1010 pass * * established * *
ip filter 1099 reject * * * * *
ip filter 2000 pass 192.0.2.0/25 192.0.2.1 tcp * 22,https
ip filter 2099 reject * 192.0.2.1 tcp * 1-1023
ip filter 3000 pass * * * * *
sshd service on
sshd host 192.0.2.10-192.0.2.200 203.0.113.100 198.51.100.5
telnetd service off
httpd host none
syslog host 192.0.2.50
schedule at 1 */* 03:00 * ntpdate ntp.example.jp
"""


def device(text: str) -> Device:
    """Read a configuration."""
    return parse(read_lines(text.encode()))[0]


def service(text: str, protocol: str, interface: str) -> Management:
    """Give one management service at one interface."""
    return next(m for m in device(text).management if (m.protocol, m.interface) == (protocol, interface))


def nets(*names: str) -> AddressSet:
    """Make a set."""
    return of_networks(ip_network(n) for n in names)


def test_head_interfaces_and_routes() -> None:
    read = device(EDGE)
    assert (read.model, read.version) == ("RTX830", "Rev.15.02.26")
    assert {i.name: [str(a) for a in i.addresses] for i in read.interfaces} == {
        "lan1": ["192.0.2.1/24", "2001:db8:1::1/64"],
        "pp1": ["203.0.113.9/32"],
        "tunnel1": [],
    }
    assert [(str(r.network), r.interface) for r in read.routes] == [
        ("0.0.0.0/0", "pp1"),
        ("198.51.100.0/24", "tunnel1"),
    ]
    assert read.syslog == {"192.0.2.50": 27}
    assert read.time == {"ntp.example.jp": 28}


def test_from_inside_the_filter_and_the_list_hold_together() -> None:
    ssh = service(EDGE, "ssh", "lan1")
    assert ssh.enabled is True
    assert ssh.who.surely == ssh.who.possibly
    assert ip_address("192.0.2.10") in ssh.who.surely
    assert ip_address("192.0.2.127") in ssh.who.surely
    assert ip_address("192.0.2.128") not in ssh.who.possibly, "the filter ends at .127"
    assert ip_address("192.0.2.9") not in ssh.who.possibly, "the list of hosts begins at .10"


def test_from_outside_only_who_passes_both() -> None:
    ssh = service(EDGE, "ssh", "pp1")
    assert ssh.who.surely == nets("203.0.113.100/32")
    assert ssh.who.by == ((17, nets("203.0.113.100/32")),)


def test_through_a_tunnel_only_who_is_routed_there() -> None:
    assert service(EDGE, "ssh", "tunnel1").who.possibly == nets("198.51.100.5/32")


def test_what_is_switched_off_is_off() -> None:
    assert service(EDGE, "telnet", "pp1").enabled is False
    assert service(EDGE, "http", "pp1").who.possibly == NOBODY


def test_a_filter_that_is_not_bound_filters_nothing() -> None:
    text = EDGE.replace(" ip pp secure filter in 1001 1010 1099\n", "").replace("sshd host", "#sshd host")
    ssh = service(text + "sshd host any\n", "ssh", "pp1")
    outside = ANY_V4 - nets("192.0.2.0/24", "198.51.100.0/24")
    assert ssh.who.surely == outside
    assert ssh.who.by == ((0, outside),), "by default, no line lets them in"


def test_what_no_line_says_is_possible_and_not_sure() -> None:
    text = EDGE.replace("telnetd service off\n", "").replace("1001 1010 1099", "1010 1001")
    text = text.replace("ip filter 1001 pass 203.0.113.64/26 203.0.113.9 tcp * 22", "ip filter 1001 pass * * tcp * 23")
    telnet = service(text, "telnet", "pp1")
    assert telnet.enabled is None
    assert telnet.who.surely == NOBODY
    assert ip_address("203.0.113.200") in telnet.who.possibly


@pytest.mark.parametrize(
    "odd", ["pass 203.0.113.64/26 somewhere tcp * 22", "restrict * * tcp * 22", "pass-by * * tcp * *"]
)
def test_a_filter_whose_effect_is_open_leaves_the_answer_open(odd: str) -> None:
    text = EDGE.replace("pass 203.0.113.64/26 203.0.113.9 tcp * 22", odd).replace("sshd host", "sshd host any\n#")
    ssh = service(text, "ssh", "pp1")
    assert ssh.who.surely == NOBODY
    assert ip_address("203.0.113.100") in ssh.who.possibly


def test_address_translation_is_no_proof_of_access() -> None:
    text = EDGE.replace(" pp enable 1", " ip pp nat descriptor 1\n pp enable 1")
    ssh = service(text, "ssh", "pp1")
    assert (ssh.who.surely, bool(ssh.who.possibly)) == (NOBODY, True)


def test_two_states_of_selection_do_not_mix() -> None:
    text = "pp select 1\n ip pp address 203.0.113.9/32\npp select 2\n ip pp address 203.0.113.10/32\npp select none\n"
    assert [(i.name, str(i.addresses[0])) for i in device(text).interfaces] == [
        ("pp1", "203.0.113.9/32"),
        ("pp2", "203.0.113.10/32"),
    ]


def test_the_sample_of_the_lab() -> None:
    path = Path(__file__).parents[5] / "lab/devices/cli/platforms/yamaha_rtx.toml"
    commands = tomllib.loads(path.read_text())["command"]
    text = next(c["text"] for c in commands if "show config" in c["names"])
    text = text.replace("@model@", "RTX1210").replace("@version@", "14.01.34")
    read, tree, account = parse(read_lines(text.encode()))
    assert (read.model, read.version) == ("RTX1210", "Rev.14.01.34")
    ssh = next(m for m in read.management if (m.protocol, m.interface) == ("ssh", "lan1"))
    assert ssh.who.surely == nets("192.0.2.0/24")
    left = [text for _, text in account.left(read_lines(text.encode()), tree.significant)]
    assert [t for t in left if not t.startswith(("nat ", "ipsec ", "snmp ", "login ", "administrator "))] == []


@given(st.lists(st.sampled_from([*EDGE.splitlines(), "ip filter", "pp select", "ip route x gateway", "\x00", "sshd"])))
def test_reading_is_total(lines: list[str]) -> None:
    raw = "\n".join(lines).encode()
    read, tree, account = parse(read_lines(raw))
    assert account.understood | account.irrelevant.keys() <= tree.significant
    for management in read.management:
        assert management.who.surely <= management.who.possibly


@given(st.text(max_size=200))
def test_reading_any_text_is_total(text: str) -> None:
    assert isinstance(device(text), Device)


_BARE = """
# RTX830 Rev.15.02.26
sshd service on
sshd host any
ip lan1 address 192.0.2.1/24
"""
_STRANGER = ip_address("198.51.100.77")


@pytest.mark.parametrize(
    ("lines", "interface"),
    [
        pytest.param(
            "ip route default gateway pp 1\npp select 1\n ip pp address 203.0.113.9/32\n ip pp nat descriptor 1\n"
            " ip pp secure filter in 1 9\nip filter 1 pass * 192.0.2.1 tcp * 22\nip filter 9 reject * * * * *\n",
            "pp1",
            id="translated-to-its-inner-address",
        ),
        pytest.param(
            "ip route default gateway tunnel 1\ntunnel select 1\n ipsec tunnel 101\n tunnel enable 1\n",
            "tunnel1",
            id="tunnel-without-address-and-filter",
        ),
        pytest.param(
            "ip lan2 address dhcp\nip route default gateway 203.0.113.1\n", "lan2", id="gateway-in-no-stated-network"
        ),
        pytest.param(
            "ip route default gateway pp 1\npp select 1\n ip pp address 203.0.113.9/32\n"
            " ip pp secure filter in 9 dynamic 80\nip filter 9 reject * * * * *\nip filter dynamic 80 * * ssh\n",
            "pp1",
            id="dynamic-filter-on-what-comes-in",
        ),
        pytest.param(
            "pp select anonymous\n ip pp remote address pool 198.51.100.70-198.51.100.80\n",
            "ppanonymous",
            id="pool-of-those-who-dial-in",
        ),
        pytest.param(
            "ip route default gateway 192.0.2.99\nip lan1 vrrp 1 192.0.2.254\nip lan1 secure filter in 8 9\n"
            "ip filter 8 reject * 192.0.2.1 tcp * 22\nip filter 9 pass * *\n",
            "lan1",
            id="virtual-address",
        ),
    ],
)
def test_a_way_in_that_no_plain_line_opens_is_possible(lines: str, interface: str) -> None:
    assert _STRANGER in service(_BARE + lines, "ssh", interface).who.possibly


def test_an_advertised_prefix_lets_the_ipv6_internet_in_where_it_is_advertised() -> None:
    lines = "ipv6 lan1 address ra-prefix@lan2::1/64\nipv6 lan2 secure filter in 1\nipv6 filter 1 pass * * tcp * *\n"
    assert ip_address("2001:db8:77::1") in service(_BARE + lines, "ssh", "lan2").who.possibly


def test_each_version_of_snmp_has_hosts_of_its_own() -> None:
    snmp = service(_BARE + "snmp host none\nsnmpv2c host any\n", "snmp", "lan1")
    assert (snmp.enabled, bool(snmp.who.possibly)) == (True, True)


def test_a_filter_bound_by_name_is_not_understood() -> None:
    lines = read_lines((_BARE + "ip lan1 secure filter name OFFICE\n").encode())
    _, tree, account = parse(lines)
    assert [text for _, text in account.left(lines, tree.significant)] == ["ip lan1 secure filter name OFFICE"]


def test_the_host_key_is_no_list_of_hosts() -> None:
    key = "sshd host key generate * ‹secret:key:0123456789ab›\n"
    assert service(_BARE + key, "ssh", "lan1").who == service(_BARE, "ssh", "lan1").who
