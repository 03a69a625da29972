"""What a device says of itself by SNMP, to the community that the hospital declared for it.

Sends: 1 UDP datagram to port 161: an SNMP v2c GET of sysDescr.0, sysObjectID.0 and sysName.0 with the declared
    community; if nothing comes back, the same once more as SNMP v1. 2 packets at most.
    No SET, no walk, no SNMPv3, no other community: none is ever guessed, and where none is declared nothing is sent.
    The community is replaced by stars before anything is stored; noted is only whether it is one that makers ship.
Limits: an agent that ignores the community looks like one that is not there. Answering proves that the declared
    community works, nothing about who else may read.
"""

from __future__ import annotations

import secrets
from typing import Final

from scanners.snmp.messages import V1, V2C, build_get
from scanners.snmp.parse import default_note, read
from sekisho.errors import ProbeError
from sekisho.gate.wire import Job, Wire
from sekisho.model.facts import HostAnswered, PortSeen, SnmpSystem
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.registry import COMMUNITY, Scanner, Stage

_SHIPPED: Final = frozenset({b"public", b"private"})
"""Communities that agents are delivered with, for reading and for writing (CVE-1999-0517)."""


async def run(job: Job, wire: Wire) -> None:
    """Ask by v2c, then by v1 if nobody answered. Raises: ProbeError without a community."""
    community = job.secrets.get(COMMUNITY, b"")
    if not community:
        msg = "no SNMP community is declared for this address"
        raise ProbeError(msg)
    wire.note(default_note(is_default=community in _SHIPPED))
    for version in (V2C, V1):
        request_id = secrets.randbelow(2**31 - 1) + 1  # so that nobody off the path can answer for the device
        if await wire.ask(job.target, build_get(version, community, request_id)):
            return


def applies(view: ServiceView) -> bool:
    """Tell whether a community is declared for this UDP service."""
    return view.transport == "udp" and COMMUNITY in view.settings and view.tier >= Tier.T2


SCANNER = Scanner(
    id="snmp",
    version=2,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=0,
    max_packets=2,
    yields=(SnmpSystem, PortSeen, HostAnswered),
    run=run,
    read=read,
    applies=applies,
    transport="udp",
    udp_ports=(161,),
    secret=COMMUNITY,
)
