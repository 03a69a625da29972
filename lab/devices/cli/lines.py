"""What a device answers to a line: a command, or the password of the higher level."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.devices.cli.params import CliParams
from lab.devices.cli.platform import Platform

Note = Callable[[str, str], None]
"""Event, line typed → journal."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer, and what comes next."""

    text: str = ""
    asks_password: bool = False
    leaves: bool = False


class Shell:
    """The level and settings of one session."""

    def __init__(self, platform: Platform, params: CliParams, note: Note) -> None:
        """Begin at the lower level."""
        self.platform = platform
        self.is_paged = True
        self._params = params
        self._note = note
        self._commands = platform.by_name()
        self._is_privileged = False

    @property
    def prompt(self) -> str:
        """Give the prompt of the level."""
        return self.fill(self.platform.privileged_prompt if self._is_privileged else self.platform.prompt)

    def fill(self, text: str) -> str:
        """Put the parameters, or else the platform's own values, into a text."""
        for name in ("hostname", "model", "version", "serial"):
            text = text.replace(f"@{name}@", getattr(self._params, name) or getattr(self.platform, name))
        return text.replace("@user@", self._params.user)

    def command(self, line: str) -> Turn:
        """Answer a command."""
        typed = " ".join(line.split())
        if not typed:
            return Turn()
        self._note("cli.command", typed)
        platform = self.platform
        if typed in platform.leave and not (self._is_privileged and typed in platform.disable):
            return Turn(leaves=True)
        if typed in platform.disable:
            self._is_privileged = False
            return Turn()
        if typed in platform.enable:
            return self._enable()
        for beginning, answer in platform.session.items():
            if typed.startswith(beginning):
                self.is_paged = self.is_paged and not typed.startswith(platform.pager_off)
                return Turn(answer.replace("@value@", typed.rpartition(" ")[2]))
        return Turn(self.fill(self._answer(typed)))

    def admin_password(self, password: str) -> Turn:
        """Go to the higher level, if the password is right."""
        is_right = password == self._params.admin_password
        self._note("cli.enable", "accepted" if is_right else "refused")
        self._is_privileged = is_right
        return Turn("" if is_right else self.platform.enable_failed)

    def _enable(self) -> Turn:
        """Ask for the password, where there is one."""
        if self.platform.enable_prompt:
            return Turn(self.platform.enable_prompt, asks_password=True)
        self._is_privileged = True
        return Turn()

    def _answer(self, typed: str) -> str:
        """Give the output of a command, or the error."""
        platform = self.platform
        wanted = ""
        if typed not in self._commands and platform.filter:
            typed, _, wanted = typed.partition(f" | {platform.filter} ")
        if (known := self._commands.get(typed)) is not None:
            is_allowed = self._is_privileged or not known.privileged
            text = "".join(line for line in known.text.splitlines(keepends=True) if wanted in line)
            return text if is_allowed else self._refuse(platform.unprivileged, "cli.unprivileged", typed)
        if typed.startswith(platform.configuration):
            return self._refuse(platform.refused, "cli.configuration", typed)
        return self._refuse(platform.unknown, "cli.unknown", typed)

    def _refuse(self, error: str, event: str, typed: str) -> str:
        """Note a refusal, and give the vendor's error."""
        self._note(event, typed)
        return error.replace("@caret@", " " * len(self.prompt) + "^")
