"""The container driver: every host a container of its own, every segment a real one, every vantage a namespace."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab.devices.authority import Authority, new_authority
from lab.devices.kind import Running, Site
from lab.drivers import source_rules
from lab.drivers.container import docker, network
from lab.drivers.container.host import PreparedHost, prepare_host
from lab.drivers.container.images import ensure_image, image_name, packages
from lab.drivers.container.plan import Plan, make_plan
from lab.drivers.container.traffic import Flow, check_traffic
from lab.drivers.container.waiting import wait_for
from lab.drivers.driver import Served, Stage
from lab.drivers.namespace import inside, make_beside, named, named_like, remove
from lab.drivers.serving import start_service
from lab.errors import LabError
from lab.nft import find_program
from lab.scenario.model import Scenario

AT_ONCE = 4
"""Containers that Docker is asked for side by side; more are no faster on two cores."""

log = logging.getLogger(__name__)


class ContainerStand:
    """Hosts and networks that are there, with nothing of ours served yet."""

    def __init__(self, plan: Plan, hosts: list[PreparedHost], pids: dict[str, int], stage: Stage,
                 authority: Authority) -> None:  # fmt: skip
        """Keep what was built."""
        self._plan = plan
        self._hosts = hosts
        self._pids = pids
        self._root = stage.work.root
        self._traffic = stage.scenario.traffic
        self._authority = authority

    async def serve(self) -> tuple[list[Running], list[Served]]:
        """Start the services of ours in their hosts' namespaces, and wait for the real software."""
        running: list[Running] = []
        served: list[Served] = []
        for host in self._hosts:
            ours: list[Running] = []
            for service in host.imitated:
                for interface in host.station.interfaces:
                    for address in interface.addresses:
                        site = Site(
                            host=host.host.name,
                            address=str(address.ip),
                            port=service.number,
                            transport=service.transport,
                            root=self._root,
                            authority=self._authority,
                        )
                        # The socket belongs to the host's namespace for good; who serves it is nobody's business.
                        with inside(self._namespace(host)):
                            ours.append(await start_service(service, site))
            running += ours
            served += _served(host)
            self._end_with(host, ours)
        await asyncio.to_thread(wait_for, self._hosts, self._pids)
        running += self._flows()
        return running, served

    def _flows(self) -> list[Running]:
        """Start the scenario's traffic, as far as it comes from hosts that can send."""
        senders = {host.host.name: self._namespace(host) for host in self._hosts if host.host.is_reachable}
        return [Flow(row, senders[row.from_]) for row in self._traffic if row.from_ in senders]

    def vanish(self, host: str) -> None:
        """Pull a host's cables out."""
        network.pull_out(cable.port for cable in self._plan.hosts[host].cables)

    def _namespace(self, host: PreparedHost) -> Path:
        """Give the network namespace of a host."""
        return namespace_of(self._pids[host.container])

    def _end_with(self, host: PreparedHost, ours: list[Running]) -> None:
        """Let the services of ours end when their host is killed: they would outlive it."""
        descriptor = os.pidfd_open(self._pids[host.container])
        loop = asyncio.get_running_loop()

        def end() -> None:
            """Close them, once."""
            loop.remove_reader(descriptor)
            os.close(descriptor)
            log.info("%s has ended", host.host.name)
            for service in ours:
                service.close()

        loop.add_reader(descriptor, end)


def _served(host: PreparedHost) -> list[Served]:
    """List the services of a host, real and ours, on each of its addresses."""
    services = [*(running.service for running in host.software), *host.imitated]
    return [
        Served(host.host.name, service.kind, address, service.transport, service.port)
        for service in services
        for address in host.host.addresses
    ]


def namespace_of(pid: int) -> Path:
    """Give the network namespace of a process."""
    return Path(f"/proc/{pid}/ns/net")


class ContainerDriver:
    """Real software, real segments, real routers; needs root and Docker Engine."""

    name = "container"

    def check(self, scenario: Scenario) -> None:
        """Refuse a machine that has not what it takes."""
        if os.geteuid() != 0:
            raise LabError("container.needs_root")
        if find_program() is None:
            raise LabError("container.no_nft")
        check_traffic(scenario)
        docker.check_engine()

    def left_out(self, scenario: Scenario) -> tuple[str, ...]:
        """Leave nothing out."""
        del scenario
        return ()

    def vantages(self, scenario: Scenario, name: str) -> Mapping[str, str]:
        """Give each vantage a namespace of its own."""
        return {vantage.name: f"{name}-{vantage.name}" for vantage in scenario.vantage}

    def is_prepared(self) -> bool:
        """Tell whether the image of all hosts is there."""
        return docker.has_image(image_name(packages()))

    def prepare(self) -> None:
        """Build the image of all hosts. Not in `build`: a lab's namespace has no way out to fetch packages."""
        ensure_image()

    def build(self, stage: Stage) -> ContainerStand:
        """Start the containers, lay the cables, load the packet filters and let the programs start."""
        plan, authority = make_plan(stage.scenario), new_authority(stage.work.keys)
        image = image_name(packages())
        hosts = [
            prepare_host(stage, host, plan.hosts[host.name], authority)
            for host in stage.scenario.host
            if host.name in plan.hosts
        ]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda host: docker.run(host.order(image, stage.name)), hosts))
        pids = docker.process_ids([host.container for host in hosts])
        network.make_bridges(plan.bridges)
        for host in hosts:
            network.plug_in(host.station, namespace_of(pids[host.container]))
        for vantage, namespace in self.vantages(stage.scenario, stage.name).items():
            handle = make_beside(namespace)
            if handle.mount is not None:
                network.plug_in(plan.vantages[vantage], handle.mount)
        for host in hosts:
            with inside(namespace_of(pids[host.container])):
                _load_rules(host, stage.work.root)
            host.go()
        return ContainerStand(plan, hosts, pids, stage, authority)

    def clear(self, name: str) -> None:
        """Remove the containers with the lab's label, and the namespaces of its vantages."""
        docker.remove(docker.containers_of(name))
        for namespace in named_like(f"{name}-"):
            remove(named(namespace))


def _load_rules(host: PreparedHost, root: Path) -> None:
    """Load a host's own packet filter, then who may reach its services."""
    file = root / host.host.nft if host.host.nft is not None else None
    ours = source_rules.silence() if host.host.state == "silent" else source_rules.rules([host.host], drops=True)
    source_rules.load(ours, file=file)
