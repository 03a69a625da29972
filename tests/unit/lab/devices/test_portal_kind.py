"""SSL-VPN portals: what a browser sees, by vendor."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from typing import get_args

import pytest
from cryptography import x509

from lab.devices.kind import Site
from lab.devices.portal.vendor import FOLDER, VendorName, read_vendor
from tests.unit.lab.devices.starting import Make, served


def get(site: Site, path: str) -> tuple[int, http.client.HTTPMessage, str]:
    """Ask for a path."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(site.address, site.port, context=context)
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.headers, response.read().decode()


def certificate(site: Site) -> x509.Certificate:
    """Give the certificate that the portal shows."""
    return x509.load_pem_x509_certificate(ssl.get_server_certificate((site.address, site.port)).encode())


def test_every_vendor_has_a_file_that_says_what_is_not_verified() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} == set(get_args(VendorName))
    for name in get_args(VendorName):
        vendor = read_vendor(name)
        assert vendor.source
        assert vendor.unverified
        assert "*" in {page.path for page in vendor.page}
        shows = [page.shows_version for page in vendor.page]
        assert shows == ["@version@" in page.body + str(page.headers) for page in vendor.page]


@pytest.mark.parametrize(
    ("vendor", "location", "title", "cookie"),
    [
        ("ivanti", "/dana-na/auth/url_default/welcome.cgi", "Ivanti Connect Secure", "DSSIGNIN"),
        ("paloalto", "/global-protect/login.esp", "GlobalProtect Portal", "PHPSESSID"),
        ("cisco_asa", "/+CSCOE+/logon.html", "SSL VPN Service", "webvpn"),
        ("citrix", "/logon/LogonPoint/index.html", "Citrix Gateway", None),
        ("f5", "/my.policy", "Secure Logon", None),
        ("array", "/prx/000/http/localhost/login/index.html", "Secure Access", "ANsession0"),
        ("checkpoint", "/sslvpn/Login/Login", "Check Point Mobile", None),
    ],
)
async def test_portals_lead_to_their_login(
    vendor: str, location: str, title: str, cookie: str | None, make_site: Make
) -> None:
    site = make_site()
    async with served("portal", site, vendor=vendor):
        status, headers, _ = await asyncio.to_thread(get, site, "/")
        assert (status, headers["Location"]) == (302, location)
        status, headers, body = await asyncio.to_thread(get, site, f"{location}?lang=ja")
        assert status == 200
        assert f"<title>{title}</title>" in body
        assert (headers.get("Set-Cookie") or "").partition("=")[0] == (cookie or "")
        status, headers, _ = await asyncio.to_thread(get, site, "/no/such/page")
        assert (status, headers["Location"]) == (302, location)


async def test_fortinet_shows_its_factory_certificate_and_sends_two_cookies(make_site: Make) -> None:
    site = make_site()
    async with served("portal", site, vendor="fortinet", version="7.0.1"):
        shown = await asyncio.to_thread(certificate, site)
        _, headers, body = await asyncio.to_thread(get, site, "/remote/login")
        assert "/remote/login" in (await asyncio.to_thread(get, site, "/"))[2]
    assert shown.subject == shown.issuer
    assert "OU=FortiGate,O=Fortinet" in shown.subject.rfc4514_string()
    assert headers["Server"] == "xxxxxxxx-xxxxx"
    assert [cookie.partition("=")[0] for cookie in headers.get_all("Set-Cookie", [])] == [
        "SVPNCOOKIE",
        "SVPNNETWORKCOOKIE",
    ]
    assert "7.0.1" not in body


async def test_a_certificate_of_the_scenario_wins(make_site: Make) -> None:
    site = make_site()
    async with served("portal", site, vendor="fortinet", certificate={"subject": "vpn.example.jp"}):
        shown = await asyncio.to_thread(certificate, site)
    assert shown.subject.rfc4514_string() == "CN=vpn.example.jp"
    assert shown.subject != shown.issuer


@pytest.mark.parametrize(
    ("vendor", "path"),
    [("ivanti", "/dana-na/nc/nc_gina_ver.txt"), ("sonicwall", "/cgi-bin/welcome"), ("citrix", "/vpn/pluginlist.xml")],
)
async def test_the_version_is_shown_where_the_product_shows_it(vendor: str, path: str, make_site: Make) -> None:
    site = make_site()
    async with served("portal", site, vendor=vendor, version="1.2.3-lab"):
        assert "1.2.3-lab" in (await asyncio.to_thread(get, site, path))[2]
