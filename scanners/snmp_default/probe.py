"""Does an SNMP agent answer to the community that makers ship for reading.

Sends: only where a consent in force names the method `snmp_default_community`: 1 UDP datagram to port 161, an SNMP v2c
    GET of sysDescr.0, sysObjectID.0 and sysName.0 with the community `public`; if nothing comes back, the same once
    more as SNMP v1. 2 packets at most. No other community, `private` least of all: it is shipped for writing. Network
    devices, servers, devices nobody knows, and those for which a community is declared.
Source: CVE-1999-0517 (default communities), RFC 1157, RFC 3416, read 2026-11-21.
Limits: silence says that `public` does not work from here, nothing of other communities.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from scanners.datagrams import udp_scanner
from scanners.snmp.messages import V1, V2C, build_get
from scanners.snmp.parse import default_note, read
from sekisho.gate.wire import Job, Wire
from sekisho.model.engagement import Method
from sekisho.model.facts import SnmpSystem
from sekisho.registry import COMMUNITY


async def run(job: Job, wire: Wire) -> None:
    """Ask by v2c, then by v1 if nobody answered."""
    wire.note(default_note(is_default=True))
    for version in (V2C, V1):
        request_id = secrets.randbelow(2**31 - 1) + 1  # so that nobody off the path can answer for the device
        if await wire.ask(job.target, build_get(version, b"public", request_id)):
            return


SCANNER = replace(
    udp_scanner(
        "snmp-default",
        port=161,  # IANA: snmp
        yields=(SnmpSystem,),
        run=run,
        read=read,
        where=lambda view: view.may_serve or COMMUNITY in view.settings,
        max_packets=2,
    ),
    method=Method.SNMP_DEFAULT_COMMUNITY,
)
