"""Which product answers on a port, by nmap's service detection; only on T3 devices and only when --nmap was given.

Sends: nmap is started once per host for the open ports handed over, with exactly these arguments: -n -Pn -sT -sV
    --max-parallelism 1 --version-intensity 2 -p <those ports> -oX -. nmap itself sends nothing: it runs in a network
    namespace of its own, and the gate relays each connection it keeps, within every limit of the pace profile. Per
    port 1 TCP connection on which it listens; if the service says nothing, a few well-known requests, each on a
    connection of its own: an empty line, GET / of HTTP, a TLS hello. Measured: 2 to 8 connections and 9 to 38 packets a
    port; 12 connections and 120 packets a port are the most that is let through.
    -sV brings nmap's `version` scripts along: on a service they know they add a request of its own kind, such as GET /.
    No name look-up, no ping, no other scripts, no OS detection, no crafted packets.
    Never to 104, 2575, 2761, 2762, 9100 to 9107 and 11112 (DICOM, HL7, printers), nor to a port the scope excludes.
Limits: what nmap concludes is an opinion with a confidence, kept apart from what our own scanners saw. Whether a port
    is open it can't say: it sees our relay's port. At a slow pace an answer may come after nmap has given up waiting.
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
    version=2,
    stage=Stage.DETECT,
    tier=Tier.T3,
    max_connections=12,
    max_packets=120,
    yields=(ServiceDetected, PortSeen, HostAnswered),
    run=run,
    read=read,
    applies=applies,
    program=PROGRAM,
)
