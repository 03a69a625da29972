"""An open port that takes everything and never says a word."""

from __future__ import annotations

import asyncio

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import READ_BYTES, serve_datagrams, serve_streams


class SilentParams(KindParams):
    """Nothing to choose."""


async def serve(_params: SilentParams, site: Site) -> Running:
    """Listen at `site`."""
    if site.transport == "udp":
        return await serve_datagrams(site, lambda _received: None)

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        """Read until the client leaves."""
        while await reader.read(READ_BYTES):
            pass

    return await serve_streams(site, talk)


KIND = Kind(name="silent", params=SilentParams, transports=("tcp", "udp"), serve=serve)
