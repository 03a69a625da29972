"""Synthetic printer on a raw port: prints whatever it gets, logs every byte as printed, and never answers."""

from __future__ import annotations

import asyncio

from lab.devices.journal import note
from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import READ_BYTES, serve_streams


class PrinterParams(KindParams):
    """Nothing to choose: not even PJL is answered, as by printers that only listen."""


async def serve(_params: PrinterParams, site: Site) -> Running:
    """Listen at `site`."""

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        """Print until the client leaves."""
        while chunk := await reader.read(READ_BYTES):
            note(site, "printer.printed", size=len(chunk), hex=chunk.hex())

    return await serve_streams(site, talk)


KIND = Kind(name="printer", params=PrinterParams, transports=("tcp",), serve=serve)
