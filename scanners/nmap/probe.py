"""Which product answers on a port, by nmap's service detection; only on T3 devices and only when --nmap was given.

Sends: nmap is started once for the open ports handed over, with exactly these arguments: -n -Pn -sT -sV
    --max-parallelism 1 --version-intensity 2 -p <those ports> -oX -. Per port nmap makes 1 plain TCP connection and
    listens; if the service says nothing it sends a few well-known requests, each on a connection of its own: an empty
    line, GET / of HTTP, a TLS hello (measured: 5 connections and 24 packets a port; 120 packets a port are reserved).
    -sV brings nmap's `version` scripts along: on a service they know they add a request of its own kind, such as GET /.
    No name look-up, no ping, no other scripts, no OS detection, no crafted packets.
    Never to 104, 2575, 2761, 2762, 9100 to 9107 and 11112 (DICOM, HL7, printers), nor to a port the scope excludes.
Limits: what nmap concludes is an opinion with a confidence, kept apart from what our own scanners saw.
"""

from __future__ import annotations

from typing import Final

from scanners.nmap.arguments import NEVER, allowed, build_arguments
from scanners.nmap.parse import read
from sekisho.gate.wire import Job, Wire
from sekisho.model.facts import HostAnswered, PortSeen, ServiceDetected
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner, Stage

PROGRAM: Final = "nmap"


async def run(job: Job, wire: Wire) -> None:
    """Start nmap for the ports that may be asked, if any is left. Raises: ProbeError when it is missing."""
    ports = allowed(t.port for t in job.targets)
    targets = tuple(t for t in job.targets if t.port in ports)
    if not targets:
        wire.note("no port here may be asked by nmap")
        return
    await wire.run_tool(targets, PROGRAM, build_arguments(targets[0].address, ports))


def applies(view: ServiceView) -> bool:
    """Tell whether service detection is wanted and allowed for an open port."""
    is_wanted = view.nmap_wanted and view.transport == "tcp"
    return is_wanted and view.tier >= Tier.T3 and view.port not in NEVER


SCANNER = Scanner(
    id="nmap",
    version=1,
    stage=Stage.DETECT,
    tier=Tier.T3,
    max_connections=12,
    max_packets=120,
    yields=(ServiceDetected, PortSeen, HostAnswered),
    run=run,
    read=read,
    applies=applies,
)
