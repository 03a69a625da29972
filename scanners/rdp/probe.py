"""Which protection does a remote desktop service (RDP) insist on.

Sends: 1 TCP connection, on it 1 X.224 connection request with RDP_NEG_REQ (19 bytes) that offers standard RDP security
    alone and names no user; nothing after the answer. 14 packets at most: SYN, ACK, the request, FIN, ACK and the
    kernel's acknowledgements. Since only the lowest level is offered, one request tells the lowest one taken.
Source: MS-RDPBCGR 2.2.1.1 and 2.2.1.2, read 2026-11-21.
Limits: whether a service that takes standard security offers TLS or CredSSP as well is left to the TLS scanner. Only
    port 3389: an unasked request would be noise elsewhere.
"""

from __future__ import annotations

from typing import Final

from scanners.exchange import MOST_PACKETS, ask_once, read_once
from scanners.rdp.parse import REQUEST, is_whole, parse_confirm
from sekisho.gate.wire import Job, Wire
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.model.windows_facts import RdpSecurity
from sekisho.registry import Scanner, Stage

PORTS: Final = frozenset({3389})  # IANA: ms-wbt-server


def applies(view: ServiceView) -> bool:
    """Tell whether a service is to be asked."""
    return view.transport == "tcp" and view.tier >= Tier.T2 and view.port in PORTS


async def run(job: Job, wire: Wire) -> None:
    """Ask once."""
    await ask_once(job, wire, REQUEST, is_whole)


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    return read_once(transcript, parse_confirm)


SCANNER = Scanner(
    id="rdp",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=MOST_PACKETS,
    yields=(RdpSecurity,),
    run=run,
    read=read,
    applies=applies,
)
