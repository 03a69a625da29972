from __future__ import annotations

from ipaddress import ip_address, ip_network

from sekisho.inventory.assets import Asset
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import RowState, ScopeRules
from sekisho.model.facts import HostAnswered
from sekisho.model.ssh_facts import SshHostKey
from tests.unit.inventory.worlds import World, device, leaf, line, snmp, world

MAC = "02:00:00:00:00:01"


def assets(made: World) -> tuple[Asset, ...]:
    return made.inventory().assets


def ids(made: World) -> list[str]:
    return [a.id for a in assets(made)]


def test_seen_and_declared_devices_are_assets_and_silent_addresses_are_not() -> None:
    made = world(devices=(device("A", "192.0.2.1"),)).alive("192.0.2.7").saw("host:192.0.2.8", outcome=Outcome.TIMEOUT)
    assert [(a.id, a.declared, a.observed) for a in assets(made)] == [
        ("host:192.0.2.1", True, False), ("host:192.0.2.7", False, True),
    ]  # fmt: skip


def test_row_with_two_addresses_is_one_device() -> None:
    made = world(devices=(device("A", "192.0.2.20", "192.0.2.21"),)).alive("192.0.2.21")
    (asset,) = assets(made)
    assert (asset.id, asset.observed, asset.numbers) == ("host:192.0.2.20", True, ("A",))


def test_shared_address_of_two_rows_does_not_make_one_device() -> None:
    rows = (device("A", "192.0.2.1", "192.0.2.9"), device("B", "192.0.2.2", "192.0.2.9"))
    assert ids(world(devices=rows)) == ["host:192.0.2.1", "host:192.0.2.2", "host:192.0.2.9"]


def test_address_that_went_to_another_device_belongs_to_the_row_in_use() -> None:
    rows = (device("OLD", "192.0.2.1", state=RowState.DISPOSED), device("NEW", "192.0.2.1"))
    (asset,) = assets(world(devices=rows).alive("192.0.2.1"))
    assert asset.numbers == ("NEW",)


def test_device_is_declared_by_its_mac_or_host_name() -> None:
    rows = (device("BY-MAC", macs=(MAC,)), device("BY-NAME", hostname="SW-Core.example.jp"))
    made = world(devices=rows).alive("192.0.2.1", MAC)
    made.saw("service:192.0.2.2/udp/161", snmp(sysname="sw-core"))
    assert [(a.id, a.numbers) for a in assets(made)] == [
        ("host:192.0.2.1", ("BY-MAC",)), ("host:192.0.2.2", ("BY-NAME",)),
    ]  # fmt: skip


def test_moved_device_is_one_asset_with_its_stated_address() -> None:
    made = world(devices=(device("A", "192.0.2.1", macs=(MAC,)),)).alive("192.0.2.5", MAC)
    (asset,) = assets(made)
    assert (asset.id, asset.observed) == ("host:192.0.2.1", True)


def test_address_of_one_row_with_the_mac_of_another_swallows_neither() -> None:
    rows = (device("A", "192.0.2.1", macs=(MAC,)), device("B", "192.0.2.2", macs=("02:00:00:00:00:02",)))
    made = world(devices=rows).alive("192.0.2.2", MAC)
    assert [a.numbers for a in assets(made)] == [("A",), ("B",)]


def test_line_joins_terminal_and_global_address_unless_others_share_it() -> None:
    lines = (line("L-1", "192.0.2.1", "K1", addresses=(ip_address("203.0.113.1"),)),)
    (asset,) = assets(world(lines=lines))
    assert (asset.id, len(asset.addresses), asset.numbers) == ("host:192.0.2.1", 2, ("L-1",))
    both = (*lines, line("L-2", "192.0.2.2", "K1", addresses=(ip_address("203.0.113.1"),)))
    assert ids(world(lines=both)) == ["host:192.0.2.1", "host:192.0.2.2"]


def test_terminal_is_found_by_address_number_name_then_global_address() -> None:
    rows = (device("NW-4", "192.0.2.4"), device("NW-5", "192.0.2.5", hostname="rt-five"))
    lines = (
        line("1", "RTX830(192.0.2.3) NW-4", "K1"), line("2", "NW-4", "K2"), line("3", "RT-Five", "K6"),
        line("4", "業者ルータ", "K1", addresses=(ip_address("192.0.2.44"),)), line("5", "不明", "K7"),
        line("6", "203.0.113.9", "K1"), line("7", "", "K3", addresses=(ip_address("198.51.100.1"),)),
    )  # fmt: skip
    found = {t.line.number: t.address for t in world(devices=rows, lines=lines).inventory().declared.terminals}
    assert {k: str(v) if v else None for k, v in found.items()} == {
        "1": "192.0.2.3", "2": "192.0.2.4", "3": "192.0.2.5", "4": "192.0.2.44", "5": None, "6": None, "7": None,
    }  # fmt: skip


def test_excluded_terminal_is_outside_the_scope() -> None:
    scope = ScopeRules((ip_network("192.0.2.0/24"),), (ip_network("192.0.2.3/32"),))
    made = world(scope=scope, lines=(line("L", "192.0.2.3", "K1"),))
    assert made.inventory().declared.terminals[0].address is None


def test_shared_certificate_alone_marks_both_and_joins_none() -> None:
    made = world()
    for address in ("192.0.2.1", "192.0.2.2"):
        made.open(f"service:{address}/tcp/443", leaf())
    one, other = assets(made)
    assert (one.possibly_same, other.possibly_same) == ((other.id,), (one.id,))


def test_forwarded_service_seen_from_outside_does_not_join_the_router_with_the_server() -> None:
    made = world()
    facts = (leaf(self_signed=False), SshHostKey("ssh-ed25519", 256, "k"))
    made.open("service:192.0.2.10/tcp/443", *facts)
    made.open("service:192.0.2.250/tcp/443", *facts, vantage="external")
    assert ids(made) == ["host:192.0.2.10", "host:192.0.2.250"]


def test_ipv6_and_ipv4_of_one_card_are_one_device_in_rfc_5952_form() -> None:
    made = world().alive("192.0.2.1", MAC).saw("host:2001:db8::1", HostAnswered("nd", MAC))
    (asset,) = assets(made)
    assert [str(a) for a in asset.addresses] == ["192.0.2.1", "2001:db8::1"]


def test_category_of_the_register_wins_over_the_fingerprint() -> None:
    made = world(devices=(device("A", "192.0.2.1", category="server"),))
    made.saw("service:192.0.2.1/udp/161", snmp())
    made.saw("service:192.0.2.2/udp/161", snmp())
    assert [a.category for a in assets(made)] == ["server", "network"]
