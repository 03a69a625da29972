"""Synthetic endless banner: sends one line over and over, and never comes to an end."""

from __future__ import annotations

import asyncio

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import serve_streams
from lab.devices.parameters import WireText, wire_bytes

BLOCKS_PER_S = 20
"""Writes per second, so that the rate is even."""


class EndlessBannerParams(KindParams):
    """What is sent, and how fast."""

    start: WireText = Field("", examples=["SSH-2.0-"], description="sent once, before the endless part; hex: for bytes")
    line: WireText = Field("Welcome\r\n", min_length=1, examples=["A"], description="sent over and over")
    bytes_per_s: int = Field(
        1_000_000, ge=20, le=100_000_000, examples=[2000], description="at most; the client may take them more slowly"
    )


async def send_endlessly(writer: asyncio.StreamWriter, line: bytes, bytes_per_s: int) -> None:
    """Send one line over and over until the client has enough.

    Raises: OSError when it has.
    """
    wanted = bytes_per_s // BLOCKS_PER_S
    block = line * (wanted // len(line) + 2)
    sent = 0
    while True:
        # Cut out of the repeated line at the place where the last piece ended.
        at = sent % len(line)
        writer.write(block[at : at + wanted])
        await writer.drain()
        sent += wanted
        await asyncio.sleep(1 / BLOCKS_PER_S)


async def serve(params: EndlessBannerParams, site: Site) -> Running:
    """Listen at `site`. Limits: even this ends when the lab's idle time is over (listening.IDLE_S)."""

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin, and never end."""
        writer.write(wire_bytes(params.start))
        await send_endlessly(writer, wire_bytes(params.line), params.bytes_per_s)

    return await serve_streams(site, talk)


KIND = Kind(name="endless_banner", params=EndlessBannerParams, transports=("tcp",), serve=serve)
