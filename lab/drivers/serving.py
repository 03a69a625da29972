"""Starts one service of ours at one address, and lets hosts vanish in time."""

from __future__ import annotations

import asyncio
import logging

from lab.devices.kind import Running, Site
from lab.devices.registry import kinds
from lab.drivers.driver import Stand
from lab.errors import LabError
from lab.scenario.model import Scenario, Service

log = logging.getLogger(__name__)


async def start_service(service: Service, site: Site) -> Running:
    """Start one service of ours.

    Raises: LabError naming it when it can't be started.
    """
    try:
        running: Running = await kinds()[service.kind].imitate(service.params, site)
    except (OSError, ValueError) as refused:
        place = f"{site.host} {site.address} {site.transport}/{site.port} ({service.kind})"
        raise LabError("serving.refused", service=place, reason=str(refused)) from refused
    return running


def schedule_vanishing(scenario: Scenario, stand: Stand) -> None:
    """Let each host be gone at its time, counted from now."""
    loop = asyncio.get_running_loop()
    for host in scenario.host:
        if host.vanishes_after_s is not None:
            loop.call_later(host.vanishes_after_s, _vanish, stand, host.name)


def _vanish(stand: Stand, host: str) -> None:
    """Let a host be gone."""
    log.info("%s vanishes", host)
    # In a thread: the netlink library runs an event loop of its own.
    asyncio.get_running_loop().run_in_executor(None, stand.vanish, host)
