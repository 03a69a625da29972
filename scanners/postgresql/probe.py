"""Is it PostgreSQL, and does it offer TLS.

Sends: 1 TCP connection, on it 1 SSLRequest (8 bytes); no start-up message, so no user, database or password is named;
    nothing after the answer. 14 packets at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements.
    Not to a service that spoke first.
Source: PostgreSQL 17 documentation, 53.2.11, read 2026-11-21.
Limits: neither its version nor who may log in is told before a start-up message. Whether it also takes sessions
    without TLS is not seen. Ports 5432 and 6432 (PgBouncer) only: an unasked request would be noise elsewhere.
"""

from __future__ import annotations

from typing import Final

from scanners.exchange import MOST_PACKETS, ask_once, read_once
from scanners.postgresql.parse import REQUEST, is_whole, parse_answer
from sekisho.gate.wire import Job, Wire
from sekisho.model.database_facts import PostgresqlAnswer
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner, Stage

PORTS: Final = frozenset({5432, 6432})  # IANA: postgresql; PgBouncer's listen_port


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
    id="postgresql",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=MOST_PACKETS,
    yields=(PostgresqlAnswer,),
    run=run,
    read=read,
    applies=applies,
)
