"""Parameters of a device's command line."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lab.devices.cli.platform import PlatformName
from lab.devices.parameters import Line, WireText
from lab.devices.ssh.params import SshParams


class CliParams(SshParams):
    """Which device, who may log in, and what it says of itself; the rest is what its SSH server offers."""

    platform: PlatformName = Field("cisco_ios", examples=["yamaha_rtx"], description="whose syntax")
    over: Literal["ssh", "telnet"] = Field("ssh", examples=["telnet"], description="how it is reached")
    user: Line = Field("admin", min_length=1, examples=["maint"], description="who may log in")
    password: Line = Field("lab-only", min_length=1, examples=["lab-pass-1"], description="of the user")
    admin_password: Line = Field(
        "lab-admin", min_length=1, examples=["lab-pass-2"], description="of enable, administrator and the like"
    )
    greeting: WireText = Field("", examples=["Authorized access only.\r\n"], description="before the login (telnet)")
    hostname: Line | None = Field(None, min_length=1, examples=["gw-01"], description="in prompts and outputs")
    model: Line | None = Field(None, min_length=1, examples=["RTX1210"], description="in outputs")
    version: Line | None = Field(None, min_length=1, examples=["14.01.34"], description="firmware in outputs")
    serial: Line | None = Field(None, min_length=1, examples=["LAB0000002"], description="in outputs")
    page_lines: int = Field(23, ge=2, le=1000, examples=[10], description="lines before the pager stops")
