"""What a driver is: a way to bring a scenario's networks and hosts to life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from lab.devices.kind import Running
from lab.scenario.model import Scenario
from lab.work import Work


@dataclass(frozen=True, slots=True)
class Stage:
    """One lab that is being brought up."""

    scenario: Scenario
    work: Work
    name: str
    """Of its namespace, and of whatever else the driver makes for it."""


@dataclass(frozen=True, slots=True)
class Served:
    """One service on one address."""

    host: str
    kind: str
    address: str
    transport: str
    port: int | None


class Stand(Protocol):
    """The networks and hosts of one lab, once they are there."""

    async def serve(self) -> tuple[list[Running], list[Served]]:
        """Start all services, and return when each of them listens.

        Raises: LabError naming the service that can't be started.
        """

    def vanish(self, host: str) -> None:
        """Let a host be gone from the network. Called in a thread."""


class Driver(Protocol):
    """One way to make a lab."""

    @property
    def name(self) -> str:
        """Its name in scenario.toml and on the command line."""

    def check(self, scenario: Scenario) -> None:
        """Refuse what can't be brought to life this way, before anything is made."""

    def left_out(self, scenario: Scenario) -> tuple[str, ...]:
        """List the hosts of which something is missing this way."""

    def vantages(self, scenario: Scenario, name: str) -> Mapping[str, str]:
        """Give the namespace of each vantage."""

    def is_prepared(self) -> bool:
        """Tell whether everything that its labs share is there."""

    def prepare(self) -> None:
        """Make what all labs of this driver share, where it isn't there yet; may take minutes.

        Raises: LabError with the step that failed.
        """

    def build(self, stage: Stage) -> Stand:
        """Make networks and hosts; called inside the lab's own namespace, before any event loop runs.

        Raises: LabError naming the step that failed.
        """

    def clear(self, name: str) -> None:
        """Remove whatever `build` made under that name; nothing there is fine too."""
