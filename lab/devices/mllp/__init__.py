"""HL7 version 2 listener over MLLP: takes every message and acknowledges it (HL7 2.5.1, 2.9; MLLP release 1)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import READ_BYTES, serve_streams
from lab.devices.parameters import Line

START, END = b"\x0b", b"\x1c\r"
LONGEST_MESSAGE = 1024 * 1024
CONTROL_ID = 9
"""Place of the control id among the fields of MSH, counted after the field separator's own."""


class MllpParams(KindParams):
    """What the receiver calls itself."""

    application: Line = Field("EHR", examples=["LIS"])
    facility: Line = Field("HOSPITAL", examples=["LAB"])
    answer: Literal["AA", "AE", "AR"] = Field("AA", examples=["AR"], description="accepts, errs or rejects")


def acknowledge(message: bytes, params: MllpParams) -> bytes:
    """Answer one message; what has no header is answered with an empty control id."""
    header = message.split(b"\r", 1)[0].decode("utf-8", errors="replace").split("|")
    control_id = header[CONTROL_ID] if header[0] == "MSH" and len(header) > CONTROL_ID else ""
    now = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    lines = [
        f"MSH|^~\\&|{params.application}|{params.facility}|||{now}||ACK|{control_id}|P|2.5",
        f"MSA|{params.answer}|{control_id}",
    ]
    return START + "".join(f"{line}\r" for line in lines).encode() + END


async def serve(params: MllpParams, site: Site) -> Running:
    """Listen at `site`."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take message after message; what stands between two is left out, as receivers do."""
        received = b""
        while chunk := await reader.read(READ_BYTES):
            received += chunk
            while END in received:
                message, _, received = received.partition(END)
                writer.write(acknowledge(message.rpartition(START)[2], params))
            await writer.drain()
            if len(received) > LONGEST_MESSAGE:
                return

    return await serve_streams(site, talk)


KIND = Kind(name="mllp", params=MllpParams, transports=("tcp",), serve=serve)
