"""TLS without a known protocol inside: shakes hands, then listens and says nothing."""

from __future__ import annotations

from lab.devices.kind import Kind, Running, Site
from lab.devices.tls.params import TlsParams
from lab.devices.tls.serve import serve_tls


async def serve(params: TlsParams, site: Site) -> Running:
    """Listen at `site`."""
    return await serve_tls(params, site, lambda _received: None)


KIND = Kind(name="tls", params=TlsParams, transports=("tcp",), serve=serve)
