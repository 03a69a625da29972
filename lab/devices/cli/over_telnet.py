"""The command line over telnet."""

from __future__ import annotations

import asyncio

from lab.devices.cli.lines import Shell
from lab.devices.cli.params import CliParams
from lab.devices.cli.platform import Platform
from lab.devices.cli.terminal import Terminal
from lab.devices.journal import note
from lab.devices.kind import Running, Site
from lab.devices.listening import READ_BYTES, serve_streams
from lab.devices.parameters import wire_bytes
from lab.devices.telnet.options import OPENING, OptionReader


async def serve_telnet(platform: Platform, params: CliParams, site: Site) -> Running:
    """Listen at `site`."""

    def check_login(user: str, password: str) -> bool:
        """Compare; a platform that asks for no name takes any."""
        is_right = password == params.password and (user == params.user or not platform.user_prompt)
        note(site, "cli.login", user=user, accepted=is_right)
        return is_right

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one caller until it leaves."""
        shell = Shell(platform, params, lambda event, line: note(site, event, line=line))
        terminal = Terminal(shell, asks_login=True, check_login=check_login, page_lines=params.page_lines)
        options = OptionReader()
        writer.write(OPENING + wire_bytes(params.greeting) + terminal.open())
        while not terminal.is_over and (chunk := await reader.read(READ_BYTES)):
            keys, replies = options.feed(chunk)
            writer.write(replies + terminal.receive(keys))
            await writer.drain()

    return await serve_streams(site, talk)
