"""Synthetic broken protocols: messages that are too long, cut off, or never come to an end."""

from __future__ import annotations

import asyncio

from pydantic import Field

from lab.devices.endless_banner import send_endlessly
from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import READ_BYTES, serve_datagrams, serve_streams
from lab.devices.malformed.script import What
from lab.devices.malformed.snmp import malformed_answer
from lab.devices.malformed.streams import SCRIPTS, Over

BYTES_PER_S = 1_000_000


class MalformedParams(KindParams):
    """What is wrong, and with which protocol."""

    what: What = Field(
        "truncated",
        examples=["looping"],
        description="lengths and texts beyond all limits | an end in the middle | the same message for ever",
    )
    over: Over = Field("tls", examples=["ssh"], description="protocol (snmp: transport udp)")


async def serve(params: MalformedParams, site: Site) -> Running:
    """Listen at `site`.

    Raises: ValueError for a protocol that isn't spoken over this transport.
    """
    if (params.over == "snmp") != (site.transport == "udp"):
        raise ValueError("expected transport udp for over = snmp, else tcp")
    if params.over == "snmp":
        return await serve_datagrams(site, lambda received: malformed_answer(received, params.what))
    script = SCRIPTS[params.over][params.what]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Follow the script."""
        writer.write(script.greeting)
        await writer.drain()
        if script.waits and not await reader.read(READ_BYTES):
            return
        writer.write(script.message)
        for _ in range(script.times):
            writer.write(script.filling)
            await writer.drain()
        writer.write(script.tail)
        await writer.drain()
        if script.again:
            await send_endlessly(writer, script.again, BYTES_PER_S)
        if script.closes:
            # Only our side: closing with the client's bytes unread would be a reset.
            writer.write_eof()
        while await reader.read(READ_BYTES):
            pass

    return await serve_streams(site, talk)


KIND = Kind(name="malformed", params=MalformedParams, transports=("tcp", "udp"), serve=serve)
