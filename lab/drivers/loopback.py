"""The loopback driver: one namespace, one process, every host's literal address on its lo."""

from __future__ import annotations

from collections.abc import Mapping

from lab.devices.authority import new_authority
from lab.devices.kind import Running, Site
from lab.devices.registry import kinds
from lab.drivers import source_rules, topology
from lab.drivers.driver import Served, Stage
from lab.drivers.serving import start_service
from lab.errors import LabError
from lab.scenario.model import Scenario


class LoopbackStand:
    """All hosts of a lab, in the namespace that this process is in."""

    def __init__(self, stage: Stage) -> None:
        """Keep what is to be served."""
        self._scenario = stage.scenario
        self._root = stage.work.root
        self._authority = new_authority(stage.work.keys)

    async def serve(self) -> tuple[list[Running], list[Served]]:
        """Start the services of all hosts that are up, on each of their addresses."""
        running: list[Running] = []
        served: list[Served] = []
        for host in self._scenario.host:
            if not host.is_reachable:
                continue
            for service in host.service:
                for address in host.addresses:
                    # Rejected sources must reach the rule that refuses them, so no filter then.
                    sources = None if service.reject else service.sources
                    site = Site(
                        host=host.name,
                        address=address,
                        port=service.number,
                        transport=service.transport,
                        root=self._root,
                        authority=self._authority,
                        sources=sources,
                    )
                    running.append(await start_service(service, site))
                    served.append(Served(host.name, service.kind, address, service.transport, service.port))
        source_rules.load(source_rules.rules(self._scenario.host, drops=False))
        return running, served

    def vanish(self, host: str) -> None:
        """Take a host's addresses away: from now on packets to them get lost in the void."""
        topology.take_away(next(row.addresses for row in self._scenario.host if row.name == host))


class LoopbackDriver:
    """Needs neither root nor containers; layer 2, routing and real software need them."""

    name = "loopback"

    def check(self, scenario: Scenario) -> None:
        """Refuse software that can't be imitated here, and refusals without nft."""
        real = sorted(
            {
                service.kind
                for host in scenario.host
                for service in host.service
                if self.name not in kinds()[service.kind].drivers
            }
        )
        if real:
            raise LabError("driver.needs_containers", kinds=", ".join(real))
        source_rules.check_program(scenario)

    def left_out(self, scenario: Scenario) -> tuple[str, ...]:
        """List the hosts whose own packet filter or forwarding this driver leaves out."""
        return tuple(host.name for host in scenario.host if host.nft is not None or host.forward)

    def vantages(self, scenario: Scenario, name: str) -> Mapping[str, str]:
        """Give the one namespace for all vantages."""
        return {vantage.name: name for vantage in scenario.vantage}

    def is_prepared(self) -> bool:
        """Nothing is shared here."""
        return True

    def prepare(self) -> None:
        """Do nothing: labs share nothing here."""

    def build(self, stage: Stage) -> LoopbackStand:
        """Lay out all addresses in the namespace that this process is in."""
        topology.build(stage.scenario)
        return LoopbackStand(stage)

    def clear(self, name: str) -> None:
        """Do nothing: what was made ends with the namespace."""
