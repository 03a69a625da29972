"""Does a gateway open ports for whoever asks, by NAT-PMP or PCP.

Sends: 2 UDP datagrams to port 5351: the NAT-PMP question for the outside address (2 bytes, IPv4 only) and the PCP
    request ANNOUNCE (24 bytes; by IPv6 that one twice if nothing comes back). 2 packets at most. Who speaks one of them
    answers the other's with an error, so each is the other's repetition. No port is opened: never MAP or PEER.
    Network devices and devices nobody knows only.
Source: RFC 6886 §3.2, RFC 6887 §9, §14.1, read 2026-11-21.
Limits: whether it would open a port is not tried; a gateway may answer and yet refuse every one. Most answer on the
    inner side only.
"""

from __future__ import annotations

from scanners.datagrams import ask_each, ask_twice, read_all, udp_scanner
from scanners.pcp.parse import ANNOUNCE, OUTSIDE_ADDRESS, one_of_each, parse_answer
from sekisho.gate.wire import Job, Wire
from sekisho.model.udp_facts import NatPmp, Pcp

_IPV4 = 4


async def run(job: Job, wire: Wire) -> None:
    """Ask by both; by IPv6 there is no NAT-PMP."""
    if job.target.address.version == _IPV4:
        await ask_each(job, wire, (OUTSIDE_ADDRESS, ANNOUNCE))
    else:
        await ask_twice(job, wire, lambda: ANNOUNCE)


SCANNER = udp_scanner(
    "pcp",
    port=5351,  # IANA: nat-pmp, pcp
    yields=(NatPmp, Pcp),
    run=run,
    read=lambda transcript: read_all(transcript, parse_answer, one_of_each),
    where=lambda view: view.may_be_gateway,
    max_packets=2,
)
