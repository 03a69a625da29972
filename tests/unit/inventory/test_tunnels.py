"""Entrances of VPNs: which kind of point they make, and what is told of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sekisho.inventory.points import Point
from sekisho.model.facts import RemoteMaintenance
from sekisho.model.subjects import Subject
from sekisho.model.vpn_facts import IkeAnswer, VpnEndpoint
from tests.unit.inventory.worlds import World, device, greeting, line, page, tls, world

GATE = "192.0.2.38"
IKE, NAT = f"service:{GATE}/udp/500", f"service:{GATE}/udp/4500"
PORTAL = f"service:{GATE}/tcp/443"
SITE = IkeAnswer("main", accepted=True, encryption=("3des",), auth=("psk",), suites=("3des/sha1/modp1024/psk",))
USERS = replace(SITE, auth=("xauth-psk",))
REFUSES = IkeAnswer("init", accepted=False, refusal="NO_PROPOSAL_CHOSEN")


def points(made: World) -> dict[str, Point]:
    return {p.id: p for p in made.inventory().points}


def endpoint(made: World, kind: str = "K3") -> VpnEndpoint:
    (found,) = made.inventory().index.of(VpnEndpoint, Subject(f"point:{GATE}/{kind}"))
    return found.value


def maintenance(made: World) -> RemoteMaintenance:
    (found,) = made.inventory().index.of(RemoteMaintenance, Subject(f"host:{GATE}"))
    return found.value


@pytest.mark.parametrize(("answer", "kind"), [(SITE, "K3"), (REFUSES, "K3"), (USERS, "K4")])
def test_an_undeclared_device_that_answers_ike_is_a_point(answer: IkeAnswer, kind: str) -> None:
    found = points(world().open(IKE, answer).open(NAT, REFUSES))
    assert {i: (p.kinds, p.declared, p.observed, p.found_by) for i, p in found.items()} == {
        f"point:{GATE}/{kind}": ((kind,), False, True, ("active",)),
    }  # fmt: skip


def test_both_ports_are_one_point() -> None:
    found = points(world().open(IKE, SITE).open(NAT, REFUSES))
    assert {i: p.services for i, p in found.items()} == {f"point:{GATE}/K3": (Subject(NAT), Subject(IKE))}
    assert found[f"point:{GATE}/K3"].evidence


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("K1", "K3"), {"K1": True, "K3": True}),
        (("K1", "K4"), {"K1": True, "K4": True}),
        (("K1", "K3", "K4"), {"K1": True, "K3": True, "K4": True}),
        (("K1",), {"K1": True, "K3": False}),
    ],
)
def test_what_the_line_register_names_is_what_answers(kinds: tuple[str, ...], expected: dict[str, bool]) -> None:
    found = points(world(lines=(line("L-1", GATE, *kinds),)).open(IKE, SITE))
    assert {i.rpartition("/")[2]: p.declared for i, p in found.items()} == expected


def test_a_portal_and_ike_at_one_device_are_two_points() -> None:
    made = world().open(PORTAL, page("SSL-VPN Portal", tls=True, text="FortiGate-60E v6.0.7"), tls("tls1.2"))
    found = points(made.open(IKE, SITE))
    assert {i: p.services for i, p in found.items()} == {
        f"point:{GATE}/K3": (Subject(IKE),), f"point:{GATE}/K4": (Subject(PORTAL),),
    }  # fmt: skip


@pytest.mark.parametrize("protocol", ["pptp", "l2tp", "openvpn"])
def test_a_tunnel_for_people_is_remote_access_and_takes_ike_with_it_only_where_it_rides_on_it(protocol: str) -> None:
    made = world().open(f"service:{GATE}/tcp/1723", greeting(protocol, "x")).open(IKE, SITE)
    kinds = {"K4"} if protocol == "l2tp" else {"K3", "K4"}
    assert {i.rpartition("/")[2] for i in points(made)} == kinds
    assert endpoint(made, "K4").protocols == (("ike", "l2tp") if protocol == "l2tp" else (protocol,))


def test_a_vendor_id_tells_whose_device_it_is() -> None:
    made = world().open(IKE, replace(SITE, vendors=("Fortinet FortiGate", "XAUTH")))
    (asset,) = made.inventory().assets
    assert asset.product is not None
    assert (asset.product.vendor, asset.product.product, asset.category) == ("Fortinet", "FortiGate", "network")


def test_an_open_port_that_spoke_no_ike_is_no_point() -> None:
    made = world().open(IKE)
    assert points(made) == {}
    (service,) = made.inventory().services
    assert (service.judged, service.shown) == ("unknown", "ike (port)")


def test_a_point_tells_what_its_services_took() -> None:
    made = world().open(IKE, SITE, REFUSES).open(NAT, REFUSES)
    told = endpoint(made)
    assert (told.kinds, told.protocols, set(told.offers)) == (("K3",), ("ike",), {SITE, REFUSES})


def test_a_declared_vpn_that_showed_nothing_is_told_too() -> None:
    assert endpoint(world(lines=(line("L-1", GATE, "K3"),))) == VpnEndpoint(("K3",), (), ())


@pytest.mark.parametrize(("cell", "declared"), [("yes", "yes"), ("no", "no"), ("", "unstated")])
def test_a_peer_counts_as_remote_maintenance_access(cell: str, declared: str) -> None:
    made = world(lines=(line("L-1", GATE, "K3", remote_maintenance=cell),), devices=(device("A", GATE),))
    found = maintenance(made.open(IKE, SITE))
    assert (found.seen, found.declared) == ((IKE,), declared)
