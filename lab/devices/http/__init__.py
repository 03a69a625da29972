"""Web server in clear text."""

from __future__ import annotations

from lab.devices.http.pages import answering, build_page
from lab.devices.http.params import HttpParams
from lab.devices.kind import Kind, Running, Site
from lab.devices.tls.serve import serve_application


async def serve(params: HttpParams, site: Site) -> Running:
    """Listen at `site`."""
    return await serve_application(site, answering(build_page(params, site.root)))


KIND = Kind(name="http", params=HttpParams, transports=("tcp",), serve=serve)
