"""Synthetic command line of a network device over telnet or SSH: shows, and refuses every configuring command.

Outputs are own transcripts in platforms/<platform>.toml, written from the vendors' syntax; what isn't verified is said
there. Every login, command and refusal goes to the lab's journal, configuring commands as `cli.configuration`, so that
a test can prove that none was sent.
"""

from __future__ import annotations

from lab.devices.cli.over_ssh import serve_ssh
from lab.devices.cli.over_telnet import serve_telnet
from lab.devices.cli.params import CliParams
from lab.devices.cli.platform import read_platform
from lab.devices.kind import Kind, Running, Site


async def serve(params: CliParams, site: Site) -> Running:
    """Listen at `site`."""
    platform = read_platform(params.platform)
    if params.over == "telnet":
        return await serve_telnet(platform, params, site)
    return await serve_ssh(platform, params, site)


KIND = Kind(name="cli", params=CliParams, transports=("tcp",), serve=serve)
