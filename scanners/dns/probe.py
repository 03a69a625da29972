"""Is it a name server, and does it offer to look names up for callers like us.

Sends: 1 UDP datagram to port 53, a query for the address of `localhost.` with the recursion bit (27 bytes); if nothing
    comes back, one more of its kind. 2 packets at most. The name needs no look-up elsewhere (RFC 6761 §6.3), so no
    third party is asked on our behalf. Network devices, servers and devices nobody knows only.
Source: RFC 1035 §4.1, RFC 6761 §6.3, read 2026-11-21.
Limits: an old forwarder that doesn't know the rule may pass the question on to its own server. The bit "recursion
    available" is what it says of itself; no name is looked up to prove it.
"""

from __future__ import annotations

import os
from typing import Final

from scanners.datagrams import ask_twice, read_replies
from scanners.dns.parse import ID_BYTES, build_question, parse_answer
from sekisho.gate.wire import Job, Wire
from sekisho.model.facts import HostAnswered, PortSeen
from sekisho.model.observations import Reading
from sekisho.model.service_facts import DnsServer
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner, Stage

PORT: Final = 53  # IANA: domain


def applies(view: ServiceView) -> bool:
    """Tell whether such a server may stand there."""
    return view.transport == "udp" and view.may_serve and view.tier >= Tier.T2


async def run(job: Job, wire: Wire) -> None:
    """Ask, once more into silence."""
    await ask_twice(job, wire, lambda: build_question(os.urandom(ID_BYTES)))


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    return read_replies(transcript, parse_answer)


SCANNER = Scanner(
    id="dns",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=0,
    max_packets=2,
    yields=(DnsServer, PortSeen, HostAnswered),
    run=run,
    read=read,
    applies=applies,
    transport="udp",
    udp_ports=(PORT,),
)
