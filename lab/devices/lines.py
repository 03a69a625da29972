"""Line protocols with numbered replies (FTP, SMTP), whose server may move to TLS in mid-connection."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from lab.devices.kind import Running, Site
from lab.devices.listening import serve_streams

Answer = Callable[[str], tuple[str, str]]
"""Command line → (reply lines, what then: "go_on", "close" or "start_tls")."""


async def serve_lines(site: Site, greeting: str, answer: Answer, *, tls: ssl.SSLContext | None) -> Running:
    """Greet, then answer line by line."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until it leaves."""
        writer.write(f"{greeting}\r\n".encode())
        while line := await reader.readline():
            reply, then = answer(line.decode(errors="replace").strip())
            writer.write(f"{reply}\r\n".encode())
            await writer.drain()
            if then == "close":
                return
            if then == "start_tls" and tls is not None:
                await writer.start_tls(tls)

    return await serve_streams(site, talk)
