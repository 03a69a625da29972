"""Synthetic HL7 listener (MLLP): acknowledges well-formed messages, and logs how much of what came."""

from __future__ import annotations

import asyncio

from pydantic import Field

from lab.devices.hl7.message import END, Hl7Error, acknowledge
from lab.devices.journal import note
from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import READ_BYTES, serve_streams
from lab.devices.parameters import Line

LONGEST_MESSAGE = 1024 * 1024


class Hl7Params(KindParams):
    """Who it says it is."""

    application: Line = Field("LIS", examples=["HIS"], description="sending application in acknowledgements")
    facility: Line = Field("HOSPITAL", examples=["CLINIC"], description="sending facility in acknowledgements")


async def serve(params: Hl7Params, site: Site) -> Running:
    """Listen at `site`. Limits: logs sizes only, never a message: real ones hold patients' data."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take messages until the client leaves."""
        waiting = b""
        while chunk := await reader.read(READ_BYTES):
            note(site, "hl7.received", size=len(chunk))
            waiting += chunk
            while END in waiting:
                block, waiting = waiting.split(END, 1)
                try:
                    answer = acknowledge(block, params.application, params.facility)
                except Hl7Error as refused:
                    note(site, "hl7.refused", reason=str(refused))
                    continue
                note(site, "hl7.acknowledged", size=len(block))
                writer.write(answer)
                await writer.drain()
            if len(waiting) > LONGEST_MESSAGE:
                return

    return await serve_streams(site, talk)


KIND = Kind(name="hl7", params=Hl7Params, transports=("tcp",), serve=serve)
