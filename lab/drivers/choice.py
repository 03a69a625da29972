"""The drivers there are, by name."""

from __future__ import annotations

from lab.drivers.container.driver import ContainerDriver
from lab.drivers.driver import Driver
from lab.drivers.loopback import LoopbackDriver
from lab.errors import LabError
from lab.scenario.model import Scenario

DRIVERS: dict[str, Driver] = {driver.name: driver for driver in (LoopbackDriver(), ContainerDriver())}


def driver_named(name: str) -> Driver:
    """Give a driver.

    Raises: LabError naming those there are.
    """
    if name not in DRIVERS:
        raise LabError("driver.unknown", driver=name, known=", ".join(DRIVERS))
    return DRIVERS[name]


def driver_for(scenario: Scenario, name: str) -> Driver:
    """Give a driver that can bring `scenario` to life.

    Raises: LabError with what stands against it.
    """
    driver = driver_named(name)
    if name not in scenario.drivers:
        raise LabError("driver.not_for_scenario", driver=name, drivers=", ".join(scenario.drivers))
    driver.check(scenario)
    return driver
