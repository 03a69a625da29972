"""Telnet server: negotiates options as a telnetd does, asks for name and password, lets nobody in (RFC 854)."""

from __future__ import annotations

import asyncio

from pydantic import Field

from lab.devices.kind import Kind, KindParams, Running, Site
from lab.devices.listening import serve_streams
from lab.devices.parameters import WireText, wire_bytes
from lab.devices.telnet.options import OPENING, OptionReader

READ_BYTES = 1024


class TelnetParams(KindParams):
    """What a caller sees."""

    banner: WireText = Field("", examples=["RTX1210 Rev.14.01.34\r\n"], description="before the first prompt")
    prompt: WireText = Field("login: ", examples=["Username: "])
    password_prompt: WireText = Field("Password: ", examples=["password:"])


class _Caller:
    """One caller, who may type names and passwords as long as he likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin with no option agreed."""
        self._reader = reader
        self._writer = writer
        self._options = OptionReader()
        self._typed = b""

    async def send(self, data: bytes) -> None:
        """Send."""
        self._writer.write(data)
        await self._writer.drain()

    async def line(self) -> bytes:
        """Give what the caller typed up to the end of the line, answering options on the way.

        Raises: EOFError when the caller hangs up.
        """
        while b"\r" not in self._typed and b"\n" not in self._typed:
            chunk = await self._reader.read(READ_BYTES)
            if not chunk:
                raise EOFError
            text, replies = self._options.feed(chunk)
            if replies:
                await self.send(replies)
            self._typed += text
        typed, _, rest = (
            self._typed.replace(b"\r\n", b"\n").replace(b"\r\0", b"\n").replace(b"\r", b"\n").partition(b"\n")
        )
        self._typed = rest
        return typed


async def serve(params: TelnetParams, site: Site) -> Running:
    """Listen at `site`."""
    banner, prompt, password_prompt = map(wire_bytes, (params.banner, params.prompt, params.password_prompt))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Ask for name and password until the caller hangs up."""
        caller = _Caller(reader, writer)
        await caller.send(OPENING + banner + prompt)
        while True:
            await caller.line()
            await caller.send(b"\r\n" + password_prompt)
            await caller.line()
            await caller.send(b"\r\nLogin incorrect\r\n" + prompt)

    return await serve_streams(site, talk)


KIND = Kind(name="telnet", params=TelnetParams, transports=("tcp",), serve=serve)
