"""Is it Redis, and does it carry out commands for callers who have not logged in.

Sends: 1 TCP connection, on it 1 PING (14 bytes), a command that reads and changes nothing; no AUTH, no other command.
    14 packets at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that spoke
    first.
Source: Redis documentation, "PING" and "AUTH", read 2026-11-21.
Limits: a server may let everybody PING and keep its data to those who logged in (ACL); that is not tried. Ports 6379
    and 26379 (Sentinel) only: an unasked request would be noise elsewhere. Behind TLS it isn't asked.
"""

from __future__ import annotations

from typing import Final

from scanners.exchange import MOST_PACKETS, ask_once, read_once
from scanners.redis.parse import REQUEST, is_whole, parse_answer
from sekisho.gate.wire import Job, Wire
from sekisho.model.database_facts import RedisAnswer
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner, Stage

PORTS: Final = frozenset({6379, 26379})  # IANA: redis; usual port of Sentinel


def applies(view: ServiceView) -> bool:
    """Tell whether a service is to be asked."""
    return view.waits_at(PORTS)


async def run(job: Job, wire: Wire) -> None:
    """Ask once."""
    await ask_once(job, wire, REQUEST, is_whole)


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    return read_once(transcript, parse_answer)


SCANNER = Scanner(
    id="redis",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=MOST_PACKETS,
    yields=(RedisAnswer,),
    run=run,
    read=read,
    applies=applies,
)
