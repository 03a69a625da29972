"""Flows between hosts, for captures: what a scenario's [[traffic]] says, again and again while the lab is up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from lab.drivers.namespace import inside
from lab.errors import LabError
from lab.scenario.model import Scenario, Traffic

EVERY_S = 5.0
PATIENCE_S = 4.0
"""A flow that finds nobody is over before the next one begins."""
DATAGRAM_BYTES = 1200

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a flow goes."""

    address: str
    port: int


def target_of(traffic: Traffic) -> Target:
    """Read `address:port` or `[address]:port`.

    Raises: LabError for a name: nobody resolves names in a lab.
    """
    address, _, port = traffic.to.rpartition(":")
    try:
        return Target(str(ip_address(address.strip("[]"))), int(port))
    except ValueError:
        raise LabError("traffic.target", target=traffic.to) from None


def check_traffic(scenario: Scenario) -> None:
    """Refuse flows from nobody or to a name."""
    hosts = {host.name for host in scenario.host}
    for traffic in scenario.traffic:
        target_of(traffic)
        if traffic.from_ not in hosts:
            raise LabError("traffic.source", host=traffic.from_, known=", ".join(sorted(hosts)) or "-")


class Flow:
    """One flow, repeated until it is closed. The receiver need not be there: the attempts are traffic as well."""

    def __init__(self, traffic: Traffic, namespace: Path) -> None:
        """Start at once; an event loop must run."""
        self._traffic = traffic
        self._target = target_of(traffic)
        self._namespace = namespace
        self._task = asyncio.get_running_loop().create_task(self._repeat())

    def close(self) -> None:
        """End it."""
        self._task.cancel()

    async def _repeat(self) -> None:
        """Send, and send again."""
        while True:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._once()
            except (OSError, TimeoutError) as missed:
                log.debug("%s → %s: %r", self._traffic.from_, self._traffic.to, missed)
            await asyncio.sleep(EVERY_S)

    async def _once(self) -> None:
        """Send once, from inside the host's namespace."""
        family = socket.AF_INET6 if ":" in self._target.address else socket.AF_INET
        is_udp = self._traffic.transport == "udp"
        with inside(self._namespace):
            sock = socket.socket(family, socket.SOCK_DGRAM if is_udp else socket.SOCK_STREAM)
        with contextlib.closing(sock):
            sock.setblocking(False)
            loop = asyncio.get_running_loop()
            target = (self._target.address, self._target.port)
            if not is_udp:
                await loop.sock_connect(sock, target)
                await self._stream(sock)
                return
            for start in range(0, self._traffic.bytes, DATAGRAM_BYTES):
                # Not connected: a refusal of the first datagram would end the flow.
                await loop.sock_sendto(sock, bytes(min(DATAGRAM_BYTES, self._traffic.bytes - start)), target)

    async def _stream(self, sock: socket.socket) -> None:
        """Send over TCP; inside TLS where a name is given."""
        context = None
        if self._traffic.sni is not None:
            context = ssl.create_default_context()
            # The flow is scenery: whoever answers is the right one.
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        _, writer = await asyncio.open_connection(sock=sock, ssl=context, server_hostname=self._traffic.sni)
        writer.write(bytes(self._traffic.bytes))
        await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
