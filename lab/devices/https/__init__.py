"""Web server inside TLS."""

from __future__ import annotations

from lab.devices.http.pages import answering, build_page
from lab.devices.http.params import HttpParams
from lab.devices.kind import Kind, Running, Site
from lab.devices.tls.params import TlsParams
from lab.devices.tls.serve import serve_tls


class HttpsParams(HttpParams, TlsParams):
    """What the server accepts in TLS, and what it answers inside."""


async def serve(params: HttpsParams, site: Site) -> Running:
    """Listen at `site`."""
    return await serve_tls(params, site, answering(build_page(params, site.root)))


KIND = Kind(name="https", params=HttpsParams, transports=("tcp",), serve=serve)
