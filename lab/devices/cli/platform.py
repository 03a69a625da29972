"""Reads how a platform's command line speaks."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PlatformName = Literal[
    "yamaha_rtx", "nec_ix", "cisco_ios", "cisco_asa", "fortios", "panos", "junos", "allied_telesis_awplus"
]
FOLDER = Path(__file__).parent / "platforms"


class CommandTable(BaseModel):
    """A command that answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...] = Field(min_length=1)
    """As typed, with single blanks."""
    privileged: bool = False
    text: str


class Platform(BaseModel):
    """How a command line speaks; @hostname@, @model@, @version@, @serial@ and @user@ stand for the parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    unverified: tuple[str, ...]
    """What nobody compared with a device."""
    hostname: str
    model: str
    version: str
    serial: str
    user_prompt: str
    """Of telnet; empty = only a password is asked for."""
    password_prompt: str
    login_failed: str
    welcome: str = ""
    """After the login."""
    prompt: str
    privileged_prompt: str
    enable: tuple[str, ...] = ()
    """Commands that lead to the privileged prompt; empty = there is one level only."""
    enable_prompt: str = ""
    """What asks for the password; empty = none is asked for."""
    enable_failed: str = ""
    disable: tuple[str, ...] = ()
    """Commands that lead back."""
    leave: tuple[str, ...]
    session: dict[str, str]
    """Beginnings of commands that change this session only → answer; @value@ = their last word."""
    pager_off: tuple[str, ...]
    """Those of them that switch the pager off."""
    pager: str
    filter: str
    """Word behind a pipe that keeps the lines with a text; empty = there is none."""
    configuration: tuple[str, ...]
    """Beginnings of commands that would change the device."""
    refused: str
    """Answer to them."""
    unprivileged: str
    """Answer to a command that needs the higher level."""
    unknown: str
    """Answer to anything else; @caret@ = blanks up to the first character typed, and ^."""
    command: tuple[CommandTable, ...] = Field(min_length=1)

    def by_name(self) -> Mapping[str, CommandTable]:
        """Give the commands by each of their names."""
        return {name: table for table in self.command for name in table.names}


@cache
def read_platform(name: PlatformName) -> Platform:
    """Read a platform's file."""
    return Platform.model_validate(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")))
