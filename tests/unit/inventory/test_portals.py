"""SSL-VPN portals by maker: from the root page as the lab's portals give it, and from each single sign of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, get_args

import pytest

from lab.devices.portal.vendor import VendorName, portal_pages, read_vendor
from scanners.http.reading import read
from sekisho.inventory.index import Index
from sekisho.inventory.products import Recognised, best, recognise
from sekisho.model.facts import Fact, HttpAnswer
from sekisho.model.observations import Observation
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript
from tests.unit.inventory.worlds import leaf
from tools.benching.fingerprints import shipped

SUBJECT: Final = Subject("service:192.0.2.1/tcp/443")
AT: Final = datetime(2026, 11, 21, tzinfo=UTC)
TABLE: Final = shipped()
MAKERS: Final = {
    "fortinet": "Fortinet", "ivanti": "Ivanti", "paloalto": "Palo Alto Networks", "cisco_asa": "Cisco",
    "sonicwall": "SonicWall", "citrix": "Citrix", "f5": "F5", "array": "Array Networks", "checkpoint": "Check Point",
}  # fmt: skip
NOTHING: Final = HttpAnswer(200, True, "", "", "", "", "", False, (), "", "")


def hits(*facts: Fact) -> tuple[Recognised, ...]:
    seen = [Observation(str(n), SUBJECT, fact, AT, "external", ("e",)) for n, fact in enumerate(facts)]
    return recognise(Index(seen), TABLE).get(SUBJECT, ())


def root_page(vendor: VendorName) -> HttpAnswer:
    pages, other = portal_pages(read_vendor(vendor), None, "vpn.example.jp")
    page = pages.get("/", other)
    data = page.head + page.body
    kinds = (
        (EventKind.CONNECT, b""),
        (EventKind.CONNECTED, b""),
        (EventKind.RECEIVED, data),
        (EventKind.PEER_CLOSED, b""),
    )
    events = tuple(Event(n, kind, 0, 443, raw) for n, (kind, raw) in enumerate(kinds))
    ((_, fact),) = read(Transcript("http", 1, SUBJECT, "external", AT, events)).facts
    assert isinstance(fact, HttpAnswer)
    return fact


@pytest.mark.parametrize("vendor", get_args(VendorName))
def test_the_root_page_tells_maker_and_kind(vendor: VendorName) -> None:
    found = hits(root_page(vendor))
    named = best(found)
    assert named is not None
    assert (named.vendor, named.role) == (MAKERS[vendor], "vpn_portal")
    assert {k for h in found for k in h.product.kinds} == {"K4"}
    assert {h.product.vendor for h in found} <= {MAKERS[vendor], ""}


@pytest.mark.parametrize(
    ("cookie", "vendor"),
    [
        ("SVPNCOOKIE", "Fortinet"),
        ("webvpnlogin", "Cisco"),
        ("DSSIGNIN", "Ivanti"),
        ("NSC_TASS", "Citrix"),
        ("MRHSession", "F5"),
        ("ANsession0", "Array Networks"),
        ("CPCVPN_SESSION_ID", "Check Point"),
        ("EXTRAWEB_REFERER", "SonicWall"),
    ],
)
def test_a_session_cookie_alone_tells_the_portal(cookie: str, vendor: str) -> None:
    (hit,) = hits(replace(NOTHING, headers=(("set-cookie", cookie),)))
    assert (hit.product.vendor, hit.product.kinds) == (vendor, ("K4",))


@pytest.mark.parametrize(
    "cookie", ["PHPSESSID", "JSESSIONID", "ASP.NET_SessionId", "DSIDE", "webvpnx", "TIN", "session"]
)
def test_cookies_of_anybody_tell_nothing(cookie: str) -> None:
    assert hits(replace(NOTHING, headers=(("set-cookie", cookie),))) == ()


def test_a_load_balancers_cookie_is_no_portal() -> None:
    (hit,) = hits(replace(NOTHING, headers=(("set-cookie", "BIGipServer~Common~pool_ehr"),)))
    assert (hit.product.vendor, hit.product.kinds) == ("F5", ())


@pytest.mark.parametrize(
    ("subject", "vendor", "kinds"),
    [
        ("CN=ASA Temporary Self Signed Certificate", "Cisco", ()),
        ("CN=192.168.200.1,OU=SSL-VPN,O=SonicWall Inc.,L=Milpitas,C=US", "SonicWall", ("K4",)),
        ("CN=default XYZABC,OU=NS Internal,O=Citrix ANG,C=US", "Citrix", ()),
        ("CN=FGT60F0000000000,OU=FortiGate,O=Fortinet,C=US", "Fortinet", ()),
    ],
)
def test_a_certificate_it_comes_with_tells_the_maker(subject: str, vendor: str, kinds: tuple[str, ...]) -> None:
    found = hits(leaf(subject=subject))
    named = best(found)
    assert named is not None
    assert (named.vendor, named.kinds) == (vendor, kinds)
    assert {h.product.vendor for h in found} == {vendor}


@pytest.mark.parametrize(
    ("page", "vendor", "version"),
    [
        (replace(NOTHING, references="/themes/styleblue.css?v=10.2.1.13-72sv"), "SonicWall", "10.2.1.13-72sv"),
        (replace(NOTHING, server="SMA/12.4"), "SonicWall", "12.4"),
    ],
)  # fmt: skip
def test_a_version_that_the_page_gives_away_is_read(page: HttpAnswer, vendor: str, version: str) -> None:
    named = best(hits(page))
    assert named is not None
    assert (named.vendor, named.version, named.kinds) == (vendor, version, ("K4",))


def test_softether_signs_its_refusals() -> None:
    text = "Forbidden You don't have permission to access / on this server. HTTP Server at vpn.example.jp Port 443"
    assert [h.product.vendor for h in hits(replace(NOTHING, status=403, text=text))] == ["SoftEther"]
    apache = text.replace("HTTP Server at", "Apache Server at")
    assert hits(replace(NOTHING, status=403, text=apache)) == ()
