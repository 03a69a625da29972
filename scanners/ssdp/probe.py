"""Is it a UPnP device, and is it an Internet gateway that opens ports for whoever asks.

Sends: 1 UDP datagram to port 1900 of the device itself, never to a group: M-SEARCH for an Internet gateway (about 140
    bytes). If nothing comes back, 1 M-SEARCH for any device (about 110 bytes), and after its answer once more the
    first. 3 packets at most, 2 to a port that is silent. The description at the address that an answer names is not
    fetched, and no action is called. Network devices, servers and devices nobody knows only.
Source: UPnP Device Architecture 2.0 §1.3.2, §1.3.3; UPnP InternetGatewayDevice:1, read 2026-11-21.
Limits: devices of version 1.0 need not answer a search that goes to them alone, and many answer neighbours only; what
    they announce to the group is seen in captures. Whether ports are open already is not asked.
"""

from __future__ import annotations

from scanners.datagrams import read_all, udp_scanner
from scanners.ssdp.parse import ANY, GATEWAY, build_search, join, parse_answer
from sekisho.gate.wire import Job, Wire
from sekisho.model.udp_facts import SsdpAnswer


async def run(job: Job, wire: Wire) -> None:
    """Search for a gateway, and where none answers for anything; what answers then is asked for the gateway again."""
    gateway, anything = (build_search(job.target.address, job.target.port, kind) for kind in (GATEWAY, ANY))
    if not await wire.ask(job.target, gateway) and await wire.ask(job.target, anything):
        await wire.ask(job.target, gateway)


SCANNER = udp_scanner(
    "ssdp",
    port=1900,  # IANA: ssdp
    yields=(SsdpAnswer,),
    run=run,
    read=lambda transcript: read_all(transcript, parse_answer, join),
    where=lambda view: view.may_serve,
    max_packets=3,
)
