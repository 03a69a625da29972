"""Synthetic SSL-VPN portal: paths, headers, cookies, title and certificate name of a vendor's login page, in own words.

Nobody can log in. What is known of each vendor, and what is not verified, stands in vendors/<vendor>.toml.
"""

from __future__ import annotations

from pydantic import Field

from lab.devices.certificate import CertificateParams
from lab.devices.http.pages import answering_by_path
from lab.devices.kind import Kind, Running, Site
from lab.devices.parameters import Line
from lab.devices.portal.vendor import VendorName, portal_pages, read_vendor
from lab.devices.tls.params import TlsParams
from lab.devices.tls.serve import serve_tls


class PortalParams(TlsParams):
    """Whose portal, and which version, beside what the server accepts in TLS."""

    vendor: VendorName = Field("fortinet", examples=["ivanti"], description="whose login page")
    version: Line | None = Field(
        None, examples=["9.1R18.9"], description="firmware, shown only where the vendor's portal shows it"
    )
    hostname: Line = Field("vpn.example.jp", examples=["remote.example.jp"], description="name that pages refer to")


async def serve(params: PortalParams, site: Site) -> Running:
    """Listen at `site`; unless a certificate is given, it has the vendor's factory certificate's names."""
    vendor = read_vendor(params.vendor)
    if "certificate" not in params.model_fields_set and vendor.certificate_subject is not None:
        factory = CertificateParams(subject=vendor.certificate_subject, self_signed=True)
        params = params.model_copy(update={"certificate": factory})
    pages, other = portal_pages(vendor, params.version, params.hostname)
    return await serve_tls(params, site, answering_by_path(lambda path: pages.get(path, other)))


KIND = Kind(name="portal", params=PortalParams, transports=("tcp",), serve=serve)
