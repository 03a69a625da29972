"""Starts every service of a scenario inside the namespace, and lets hosts vanish in time."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from lab.devices.authority import Authority
from lab.devices.kind import Running, Site
from lab.devices.registry import kinds
from lab.drivers.topology import take_away
from lab.errors import LabError
from lab.scenario.model import Host, Scenario, Service

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """One service on one address."""

    host: str
    kind: str
    address: str
    transport: str
    port: int


async def serve_all(scenario: Scenario, root: Path, authority: Authority) -> tuple[list[Running], list[Served]]:
    """Start the services of all hosts that are up, on each of their addresses.

    Raises: LabError naming the service that can't be started.
    """
    running: list[Running] = []
    served: list[Served] = []
    for host in scenario.host:
        if not host.is_reachable:
            continue
        for service in host.service:
            for address in host.addresses:
                site = _site(host, service, address, root, authority)
                running.append(await _start(service, site))
                served.append(Served(host.name, service.kind, address, service.transport, service.port))
    return running, served


def _site(host: Host, service: Service, address: str, root: Path, authority: Authority) -> Site:
    """Tell a service where it is; rejected sources must reach the rule that refuses them, so no filter then."""
    return Site(
        host=host.name,
        address=address,
        port=service.port,
        transport=service.transport,
        root=root,
        authority=authority,
        sources=None if service.reject else service.sources,
    )


async def _start(service: Service, site: Site) -> Running:
    """Start one service."""
    try:
        running: Running = await kinds()[service.kind].serve(service.params, site)
    except (OSError, ValueError) as refused:
        place = f"{site.host} {site.address} {site.transport}/{site.port} ({service.kind})"
        raise LabError("serving.refused", service=place, reason=str(refused)) from refused
    return running


def schedule_vanishing(scenario: Scenario) -> None:
    """Let each host lose its addresses at its time, counted from now."""
    loop = asyncio.get_running_loop()
    for host in scenario.host:
        if host.vanishes_after_s is not None:
            loop.call_later(host.vanishes_after_s, _vanish, host)


def _vanish(host: Host) -> None:
    """Take a host's addresses away."""
    log.info("%s vanishes: %s", host.name, ", ".join(host.addresses))
    # In a thread: the netlink library runs an event loop of its own.
    asyncio.get_running_loop().run_in_executor(None, take_away, host.addresses)
