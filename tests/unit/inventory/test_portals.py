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


@pytest.mark.parametrize(
    ("path", "vendor"),
    [
        ("/userportal/webpages/myaccount/login.jsp", "Sophos"),
        ("/vpnportal/webpages/myaccount/login.jsp", "Sophos"),
        ("/sslvpn_logon.shtml", "WatchGuard"),
        ("/sslvpn/Login/Login", "Check Point"),
        ("/default/showLogon.do", "Barracuda"),
        ("/prx/000/http/localhost/login", "Array Networks"),
        ("/workplace/access/home", "SonicWall"),
        ("/vdesk/hangup.php3", "F5"),
        ("/svpn/index.cgi", "H3C"),
        ("/__session_start__/", "OpenVPN"),
    ],
)
@pytest.mark.parametrize("where", ["location", "references"])
def test_an_address_of_its_own_tells_the_portal(path: str, vendor: str, where: str) -> None:
    page = replace(NOTHING, location=path) if where == "location" else replace(NOTHING, references=f"/a.css\n{path}")
    named = best(hits(page))
    assert named is not None
    assert (named.vendor, named.role, named.kinds) == (vendor, "vpn_portal", ("K4",))


@pytest.mark.parametrize(
    "path", ["/login", "/auth.html", "/php/login.php", "/portal", "/vpn", "/login.jsp", "/index.cgi"]
)
def test_addresses_of_anybody_tell_nothing(path: str) -> None:
    assert hits(replace(NOTHING, location=path, references=path)) == ()


@pytest.mark.parametrize("title", ["VPN Portal", "User Portal", "Login", "Network Camera Viewer", "Router", "WebAdmin"])
def test_titles_of_anybody_name_no_maker(title: str) -> None:
    assert {h.product.vendor for h in hits(replace(NOTHING, title=title))} <= {""}


@pytest.mark.parametrize(
    ("title", "vendor", "product"),
    [
        ("RTX830 Web GUI", "Yamaha", "RTX830"),
        ("かんたん設定ページ", "Yamaha", ""),
        ("UNIVERGE IX2215", "NEC", "IX2215"),
        ("UNIVERGE WA1020", "NEC", "WA1020"),
        ("Si-R G121", "Fujitsu", "G121"),
        ("FITELnet F70", "Furukawa", "F70"),
        ("Allied Telesis Device GUI", "Allied Telesis", ""),
        ("BUFFALO VR-S1000", "Buffalo", "VR-S1000"),
        ("WAB-M2133", "ELECOM", "WAB-M2133"),
        ("WN-AX1167GR2", "I-O DATA", "WN-AX1167GR2"),
        ("FutureNet NXR-G100", "Century Systems", "NXR-G100"),
    ],
)
def test_the_web_console_of_a_device_sold_in_japan_tells_its_maker(title: str, vendor: str, product: str) -> None:
    named = best(hits(replace(NOTHING, title=title)))
    assert named is not None
    assert (named.vendor, named.product) == (vendor, product)


@pytest.mark.parametrize("name", ["www.example.com", "*.example.jp", "support.example.net"])
def test_a_makers_own_web_site_is_no_device(name: str) -> None:
    assert hits(leaf(subject=f"CN={name},O=Cisco Systems\\, Inc.,C=US")) == ()


@pytest.mark.parametrize("maker", ["CANON MEDICAL SYSTEMS CORPORATION", "KONICA MINOLTA\\, INC."])
def test_a_maker_of_modalities_as_well_is_not_called_a_printer(maker: str) -> None:
    assert "printer" not in {h.product.category for h in hits(leaf(subject=f"CN=device,O={maker},C=JP"))}
