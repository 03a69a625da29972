"""The command line over SSH."""

from __future__ import annotations

import asyncio

import asyncssh

from lab.devices.cli.lines import Shell
from lab.devices.cli.params import CliParams
from lab.devices.cli.platform import Platform
from lab.devices.cli.terminal import Terminal
from lab.devices.journal import note
from lab.devices.kind import Running, Site
from lab.devices.listening import open_socket
from lab.devices.ssh import connection_factory


class _Session(asyncssh.SSHServerSession[bytes]):
    """One shell, or one command given with the connection."""

    def __init__(self, terminal: Terminal, shell: Shell) -> None:
        """Keep what answers."""
        self._terminal = terminal
        self._shell = shell
        self._single: str | None = None
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Keep the channel."""
        self._channel = chan

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: object) -> bool:
        """Grant a terminal of any kind."""
        del term_type, term_size, term_modes
        return True

    def shell_requested(self) -> bool:
        """Grant a shell."""
        return True

    def exec_requested(self, command: str) -> bool:
        """Take a single command."""
        self._single = command
        return True

    def session_started(self) -> None:
        """Show the first prompt, or answer the single command without one."""
        if self._single is None:
            self._send(self._terminal.open())
            return
        self._send(self._shell.command(self._single).text.replace("\n", "\r\n").encode())
        self._end()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Take keys."""
        del datatype
        self._send(self._terminal.receive(data))
        if self._terminal.is_over:
            self._end()

    def eof_received(self) -> bool:
        """Leave with the caller."""
        return False

    def _send(self, screen: bytes) -> None:
        """Show."""
        if self._channel is not None:
            self._channel.write(screen)

    def _end(self) -> None:
        """Hang up in good order."""
        if self._channel is not None:
            self._channel.exit(0)


class _Device(asyncssh.SSHServer):
    """Lets one user in."""

    def __init__(self, platform: Platform, params: CliParams, site: Site) -> None:
        """Keep who may log in."""
        self._platform = platform
        self._params = params
        self._site = site

    def password_auth_supported(self) -> bool:
        """Offer it."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Compare."""
        is_right = (username, password) == (self._params.user, self._params.password)
        note(self._site, "cli.login", user=username, accepted=is_right)
        return is_right

    def session_requested(self) -> _Session:
        """Give a session."""
        site, page_lines = self._site, self._params.page_lines
        shell = Shell(self._platform, self._params, lambda event, line: note(site, event, line=line))
        # SSH has done the login; the terminal never asks for it.
        terminal = Terminal(shell, asks_login=False, check_login=lambda _user, _password: False, page_lines=page_lines)
        return _Session(terminal, shell)


async def serve_ssh(platform: Platform, params: CliParams, site: Site) -> Running:
    """Listen at `site`."""
    factory = connection_factory(params, site, lambda: _Device(platform, params, site))
    return await asyncio.get_running_loop().create_server(factory, sock=open_socket(site))
