"""A port that keeps its clients waiting: one byte now and then, for ever."""

from __future__ import annotations

import asyncio

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import READ_BYTES, serve_streams
from lab.devices.parameters import WireText, wire_bytes


class TarpitParams(KindParams):
    """How slowly, and what."""

    interval_s: float = Field(5.0, gt=0, examples=[1.0], description="seconds between two bytes")
    drip: WireText = Field(" ", min_length=1, examples=["hex:00"], description="bytes sent one by one, over and over")


async def serve(params: TarpitParams, site: Site) -> Running:
    """Listen at `site`."""
    drops = wire_bytes(params.drip)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Drip until the client has enough."""
        sent = 0
        while True:
            try:
                async with asyncio.timeout(params.interval_s):
                    while await reader.read(READ_BYTES):
                        pass
            except TimeoutError:
                position = sent % len(drops)
                writer.write(drops[position : position + 1])
                await writer.drain()
                sent += 1
            else:
                return  # the client has closed

    return await serve_streams(site, talk)


KIND = Kind(name="tarpit", params=TarpitParams, transports=("tcp",), serve=serve)
