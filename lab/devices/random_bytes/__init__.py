"""Synthetic noise: random bytes on connect and in answer to everything, the same ones in every run."""

from __future__ import annotations

import asyncio
from random import Random

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import READ_BYTES, serve_datagrams, serve_streams


class RandomBytesParams(KindParams):
    """Which noise, and how much."""

    seed: int = Field(0, examples=[7], description="the same seed gives the same bytes")
    size: int = Field(512, ge=1, le=65000, examples=[16], description="bytes at a time")
    greets: bool = Field(True, examples=[False], description="also on connect (tcp)")


def noise(params: RandomBytesParams) -> bytes:
    """Give the bytes that are sent each time."""
    return Random(params.seed).randbytes(params.size)  # noqa: S311 - reproducible on purpose


async def serve(params: RandomBytesParams, site: Site) -> Running:
    """Listen at `site`."""
    sent = noise(params)
    if site.transport == "udp":
        return await serve_datagrams(site, lambda _received: sent)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send noise at once and after each chunk."""
        if params.greets:
            writer.write(sent)
        while await reader.read(READ_BYTES):
            writer.write(sent)
            await writer.drain()

    return await serve_streams(site, talk)


KIND = Kind(name="random_bytes", params=RandomBytesParams, transports=("tcp", "udp"), serve=serve)
