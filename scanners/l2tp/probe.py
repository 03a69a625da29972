"""Is it an L2TP gateway, and what does it say of itself.

Sends: 1 UDP datagram to port 1701, Start-Control-Connection-Request (67 bytes) that names nobody; if nothing comes
    back, one more of its kind. After a reply 1 StopCCN (36 bytes; a bare receipt of 12 bytes where the server declined
    by itself), so that no half-open tunnel stays and the server does not repeat itself. No session, no log-in. 3
    packets at most. Network devices and devices nobody knows only (ADR 0022).
Source: RFC 2661 §5.1, §6.1, §6.2, §6.4, read 2026-11-21.
Limits: a gateway that takes L2TP inside IPsec alone, as it should, stays silent and looks like none. Port 1701 alone.
"""

from __future__ import annotations

import secrets
from typing import Final

from scanners.datagrams import ask_twice, read_replies
from scanners.l2tp.parse import TUNNEL_NUMBERS, build_goodbye, build_request, parse_reply
from sekisho.gate.wire import Job, Wire
from sekisho.model.facts import HostAnswered, PortSeen
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.model.vpn_facts import L2tp
from sekisho.registry import Scanner, Stage

PORT: Final = 1701  # IANA: l2f, RFC 2661 §8.1


def applies(view: ServiceView) -> bool:
    """Tell whether a tunnel may end there."""
    return view.transport == "udp" and view.may_be_gateway and view.tier >= Tier.T2


async def run(job: Job, wire: Wire) -> None:
    """Ask, once more into silence, and end the tunnel that an answer began."""
    await ask_twice(job, wire, lambda: build_request(secrets.choice(TUNNEL_NUMBERS)), build_goodbye)


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    return read_replies(transcript, parse_reply)


SCANNER = Scanner(
    id="l2tp",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=0,
    max_packets=3,
    yields=(L2tp, PortSeen, HostAnswered),
    run=run,
    read=read,
    applies=applies,
    transport="udp",
    udp_ports=(PORT,),
)
