"""An open port and no more: takes the connection and closes it in good order at once."""

from __future__ import annotations

import asyncio

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import serve_streams


class TcpOpenParams(KindParams):
    """Nothing to choose."""


async def serve(_params: TcpOpenParams, site: Site) -> Running:
    """Listen at `site`."""

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Close our side at once."""
        writer.write_eof()

    return await serve_streams(site, talk)


KIND = Kind(name="tcp_open", params=TcpOpenParams, transports=("tcp",), serve=serve)
