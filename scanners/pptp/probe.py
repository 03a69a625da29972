"""Is it a PPTP gateway, and what does it say of itself.

Sends: 1 TCP connection, on it 1 Start-Control-Connection-Request (156 bytes) that names neither host nor vendor; no
    call is begun and nobody logs in. Closed in order without a Stop-Control-Connection-Request: the end of the TCP
    connection ends the control connection (RFC 2637 §3.1), so a second message would teach nothing and cost a packet.
    14 packets at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that spoke
    first.
Source: RFC 2637 §2.1 and §2.2, read 2026-11-21.
Limits: how a session would be encrypted and who may begin one is agreed later, inside PPP, and not seen. Port 1723
    only: an unasked request would be noise elsewhere.
"""

from __future__ import annotations

from typing import Final

from scanners.exchange import MOST_PACKETS, ask_once, read_once
from scanners.pptp.parse import REQUEST, is_whole, parse_reply
from sekisho.gate.wire import Job, Wire
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.model.vpn_facts import Pptp
from sekisho.registry import Scanner, Stage

PORTS: Final = frozenset({1723})  # IANA: pptp


def applies(view: ServiceView) -> bool:
    """Tell whether a service is to be asked."""
    return view.waits_at(PORTS)


async def run(job: Job, wire: Wire) -> None:
    """Ask once."""
    await ask_once(job, wire, REQUEST, is_whole)


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    return read_once(transcript, parse_reply)


SCANNER = Scanner(
    id="pptp",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=MOST_PACKETS,
    yields=(Pptp,),
    run=run,
    read=read,
    applies=applies,
)
