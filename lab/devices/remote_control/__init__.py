"""Software for controlling a PC from elsewhere, up to what it shows to whoever connects. Nobody gets in.

AnyDesk is a `tls` device with a certificate of that name. What greetings look like is known from service probes of nmap
7.93 (facts only); nobody compared them with the real programs.
"""

from __future__ import annotations

import asyncio
from typing import Literal

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import serve_streams

Product = Literal["teamviewer", "splashtop", "dameware", "radmin"]
GREETINGS: dict[str, bytes] = {
    "teamviewer": bytes.fromhex("17240a2000010203040813800000000000010000001180") + bytes(14),
    "splashtop": b"SRS:Ready\0",
    "dameware": bytes.fromhex("30110000") + bytes(11) + b"@" + bytes(9) + b"\0\0\0\x01" + bytes(7) + b"\x08\0\0\0$",
}
RADMIN_ASKED = bytes.fromhex("01000000010000000808")
RADMIN_SAYS = bytes.fromhex("01000000250000021208020000 0a") + bytes(32)
"""Version 3, with accounts of its own."""


class RemoteControlParams(KindParams):
    """Whose software."""

    product: Product = Field("teamviewer", examples=["radmin"], description="whose greeting, or answer")


def answering(received: bytes) -> bytes | None:
    """Answer the first message of a Radmin viewer; b"" closes on anything else, None waits for more."""
    if not RADMIN_ASKED.startswith(received[: len(RADMIN_ASKED)]):
        return b""
    return RADMIN_SAYS if len(received) >= len(RADMIN_ASKED) else None


async def serve(params: RemoteControlParams, site: Site) -> Running:
    """Listen at `site`."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Greet, or answer one message, then wait for the client to go."""
        if params.product in GREETINGS:
            writer.write(GREETINGS[params.product])
        else:
            writer.write(answering(await reader.readexactly(len(RADMIN_ASKED))) or b"")
        await writer.drain()
        await reader.read()

    return await serve_streams(site, talk)


KIND = Kind(name="remote_control", params=RemoteControlParams, transports=("tcp",), serve=serve)
