"""Synthetic reset storm: takes every connection, and tears every one down with a TCP reset."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Literal

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import READ_BYTES, serve_streams
from lab.devices.parameters import WireText, wire_bytes

LINGER_NOT = struct.pack("ii", 1, 0)
"""struct linger: on, for 0 seconds; the kernel then closes with RST and forgets what it hasn't sent (socket(7))."""


class RstStormParams(KindParams):
    """When the reset comes."""

    after: Literal["accept", "banner", "request"] = Field(
        "accept", examples=["request"], description="at once, after the banner, or after the client's first bytes"
    )
    banner: WireText = Field("SSH-2.0-", examples=["220 "], description="of after = banner; hex: for bytes")


async def serve(params: RstStormParams, site: Site) -> Running:
    """Listen at `site`."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Wait for the moment, then reset."""
        if params.after == "banner":
            writer.write(wire_bytes(params.banner))
            await writer.drain()
        elif params.after == "request":
            await reader.read(READ_BYTES)
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        writer.transport.abort()

    return await serve_streams(site, talk)


KIND = Kind(name="rst_storm", params=RstStormParams, transports=("tcp",), serve=serve)
