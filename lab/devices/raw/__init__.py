"""Any protocol reduced to fixed bytes: a banner on connect, a reply to whatever comes."""

from __future__ import annotations

import asyncio

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import READ_BYTES, serve_datagrams, serve_streams
from lab.devices.parameters import WireText, wire_bytes


class RawParams(KindParams):
    """Fixed bytes."""

    banner: WireText = Field("", examples=["RFB 003.008\n"], description="sent on connect (tcp); hex: for bytes")
    reply: WireText = Field("", examples=["hex:0300000b06d00000123400"], description="sent after each chunk received")


async def serve(params: RawParams, site: Site) -> Running:
    """Listen at `site`."""
    banner, reply = wire_bytes(params.banner), wire_bytes(params.reply)
    if site.transport == "udp":
        return await serve_datagrams(site, lambda _received: reply or None)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send the banner, then one reply to each chunk."""
        writer.write(banner)
        await writer.drain()
        while await reader.read(READ_BYTES):
            writer.write(reply)
            await writer.drain()

    return await serve_streams(site, talk)


KIND = Kind(name="raw", params=RawParams, transports=("tcp", "udp"), serve=serve)
