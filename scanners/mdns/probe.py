"""What does a device announce of itself by multicast DNS.

Sends: 2 UDP datagrams to port 5353 of the device itself, never to the group, with the bit that wants the answer sent to
    us alone: a question for the types of service that it announces (46 bytes), and one for its own name (by address;
    up to 90 bytes). 2 packets at most; each is the other's repetition. Network devices, servers and devices nobody
    knows only. LLMNR is not asked: RFC 4795 §2.4 has a question by UDP to one device dropped (ADR 0033).
Source: RFC 6762 §5.5, §6.7, RFC 6763 §9, read 2026-11-21.
Limits: devices should not answer a question from another network; behind a router silence says nothing. The services
    themselves are not asked for.
"""

from __future__ import annotations

import os

from scanners.datagrams import ask_each, read_all, udp_scanner
from scanners.mdns.parse import ID_BYTES, SERVICES, build_question, join, name_of, parse_answer
from sekisho.gate.wire import Job, Wire
from sekisho.model.udp_facts import MdnsAnswer


async def run(job: Job, wire: Wire) -> None:
    """Ask for the services, then for the name."""
    names = (SERVICES, name_of(job.target.address))
    await ask_each(job, wire, (build_question(os.urandom(ID_BYTES), name) for name in names))


SCANNER = udp_scanner(
    "mdns",
    port=5353,  # IANA: mdns
    yields=(MdnsAnswer,),
    run=run,
    read=lambda transcript: read_all(transcript, parse_answer, join),
    where=lambda view: view.may_serve,
    max_packets=2,
)
