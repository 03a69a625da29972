"""Synthetic SSH server that bans busy sources for a while, modelled on PerSourcePenalties of OpenSSH 9.8.

It shakes hands like the kind `ssh`, lets nobody in, and takes each connection for one that left without a login.
Source: sshd_config(5) of OpenSSH 9.8, PerSourcePenalties (noauth:1, min:15, max:600), read 2026-11-21.
Limits: one kind of penalty for all; each address counts for itself (PerSourceNetBlockSize 32:128).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast

from pydantic import Field

from lab.devices.kind import Kind, Running, Site
from lab.devices.listening import open_socket
from lab.devices.parameters import WireText, wire_bytes
from lab.devices.ssh import connection_factory
from lab.devices.ssh.params import SshParams
from lab.devices.ssh_penalties.penalties import Penalties


class SshPenaltiesParams(SshParams):
    """How soon and how long a source is banned, beside what an SSH server offers."""

    penalty_s: float = Field(1.0, gt=0, examples=[5.0], description="seconds of penalty for each connection")
    min_s: float = Field(15.0, ge=0, examples=[10.0], description="a ban begins when penalties add up to this")
    max_s: float = Field(600.0, gt=0, examples=[60.0], description="penalties never add up to more")
    refusal: WireText = Field(
        "Not allowed at this time\r\n", examples=[""], description="sent to a banned source before the close"
    )


class _Gatekeeper(asyncio.Protocol):
    """Looks at a new connection's source, and hands it to the SSH server or closes it."""

    def __init__(self, penalties: Penalties, refusal: bytes, factory: Callable[[], asyncio.Protocol]) -> None:
        """Keep who is banned."""
        self._penalties = penalties
        self._refusal = refusal
        self._factory = factory

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Decide."""
        # A cast: asyncio gives every stream server a Transport, but declares the base class.
        stream = cast("asyncio.Transport", transport)
        source, now = str(stream.get_extra_info("peername")[0]), time.monotonic()
        if self._penalties.is_banned(source, now):
            stream.write(self._refusal)
            stream.close()
            return
        self._penalties.punish(source, now)
        server = self._factory()
        stream.set_protocol(server)
        server.connection_made(stream)


async def serve(params: SshPenaltiesParams, site: Site) -> Running:
    """Listen at `site`."""
    penalties = Penalties(params.penalty_s, params.min_s, params.max_s)
    factory, refusal = connection_factory(params, site), wire_bytes(params.refusal)
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: _Gatekeeper(penalties, refusal, factory), sock=open_socket(site))


KIND = Kind(name="ssh_penalties", params=SshPenaltiesParams, transports=("tcp",), serve=serve)
