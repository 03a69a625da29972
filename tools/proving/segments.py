"""Who stands where in a container lab, and tcpdump on every segment's bridge beside what happens there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lab.drivers.container.plan import Station, make_plan
from lab.drivers.namespace import inside
from lab.scenario.load import load_scenario
from tools.proving.capture import Packet, read

_LOST: Final = re.compile(r"(\d+) packets dropped by (?:kernel|interface)")
_BEGUN: Final = "listening on"
_SBIN: Final = "/usr/sbin:/sbin"
TCPDUMP: Final = shutil.which("tcpdump", path=f"{os.environ.get('PATH', '')}:{_SBIN}") or "/usr/sbin/tcpdump"


@dataclass(frozen=True, slots=True)
class Standing:
    """A vantage: its segment, its MAC address, its own addresses, and the routers that it sends through."""

    name: str
    segment: str
    mac: str
    addresses: frozenset[str]
    hops: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ground:
    """A lab's segments and all who stand there. macs: by address. device_of: a host's name by address."""

    bridges: Mapping[str, str]
    vantages: tuple[Standing, ...]
    macs: Mapping[str, str]
    device_of: Mapping[str, str]
    open_ports: frozenset[tuple[str, int]]
    segments: Mapping[str, frozenset[str]]

    def on_segment(self, segment: str) -> frozenset[str]:
        """Give the addresses that stand in a segment."""
        return self.segments[segment]

    def addresses_of(self, device: str) -> frozenset[str]:
        """Give all addresses of a host."""
        return frozenset(a for a, name in self.device_of.items() if name == device)

    def known(self) -> frozenset[str]:
        """Give every MAC address that may send: hosts that are up, and vantages."""
        return frozenset(self.macs.values())


def ground_of(work: Path) -> Ground:
    """Work out from the scenario who stands where; the product is not asked."""
    scenario = load_scenario(work, today=datetime.now(UTC).date())
    plan = make_plan(scenario)
    names = dict(zip(plan.bridges, (s.name for s in scenario.segment), strict=True))
    stations = {**plan.hosts, **plan.vantages}
    macs = {
        str(a.ip): cable.interface.mac.lower()
        for station in stations.values() for cable in station.cables for a in cable.interface.addresses
    }  # fmt: skip
    for station in stations.values():
        for cable in station.cables:  # one without addresses sends all the same
            macs.setdefault(f"{station.name}/{cable.interface.name}", cable.interface.mac.lower())
    return Ground(
        {name: bridge for bridge, name in names.items()},
        tuple(_standing(station, names) for station in plan.vantages.values()),
        macs,
        {a: host.name for host in scenario.host for a in host.addresses},
        frozenset((a, s.port) for h in scenario.host for s in h.service if s.port for a in h.addresses),
        {
            name: frozenset(
                str(a.ip)
                for station in stations.values() for cable in station.cables if cable.bridge == bridge
                for a in cable.interface.addresses
            )
            for bridge, name in names.items()
        },
    )  # fmt: skip


def _standing(station: Station, names: Mapping[str, str]) -> Standing:
    """Describe a vantage; it has one cable."""
    (cable,) = station.cables
    interface = cable.interface
    return Standing(
        station.name,
        names[cable.bridge],
        interface.mac.lower(),
        frozenset(str(a.ip) for a in interface.addresses),
        frozenset(str(hop.via) for hop in station.routes),
    )


class Capture:
    """What tcpdump saw on every segment. lost: frames that it had no room for."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        """Name the files, by segment."""
        self._files = files
        self.lost = 0

    def packets(self) -> dict[str, list[Packet]]:
        """Read all of it, by segment."""
        return {name: read(file) for name, file in self._files.items()}


@contextmanager
def captured(namespace: str, bridges: Mapping[str, str], folder: Path) -> Iterator[Capture]:
    """Let tcpdump listen on each bridge for the length of a block. Raises: SystemExit when one can't."""
    folder.mkdir(parents=True)
    files = {segment: folder / f"{segment}.pcap" for segment in bridges}
    running: dict[str, subprocess.Popen[str]] = {}
    seen = Capture(files)
    try:
        with inside(Path("/run/netns") / namespace):
            for segment, bridge in bridges.items():
                running[segment] = subprocess.Popen(
                    [TCPDUMP, "-i", bridge, "-w", str(files[segment]), "-s", "0", "-B", "65536", "-U", "-n",
                     "--immediate-mode", "--time-stamp-precision=nano", "-Z", "root"],
                    stderr=subprocess.PIPE, text=True,
                )  # fmt: skip
        for segment, process in running.items():
            if _BEGUN not in (said := process.stderr.readline() if process.stderr else ""):
                msg = f"tcpdump on {segment}: {said.strip()}"
                raise SystemExit(msg)
        yield seen
    finally:
        for process in running.values():
            process.send_signal(signal.SIGINT)
        for process in running.values():
            _, said = process.communicate(timeout=30)
            seen.lost += sum(map(int, _LOST.findall(said)))
