"""Which dialect of SMB does a file service speak, and does it insist on signing.

Sends: 1 TCP connection, on it 1 SMB2 NEGOTIATE request that offers the dialects 2.0.2, 2.1, 3.0, 3.0.2 and 3.1.1 (180
    bytes); no session, no user, nothing after the answer. 14 packets at most: SYN, ACK, the request, FIN, ACK and the
    kernel's acknowledgements.
Source: MS-SMB2 2.2.3 and 2.2.4, read 2026-11-21.
Limits: SMB 1 is not offered, so whether it is still spoken beside a newer dialect is not seen, and a service that
    speaks SMB 1 alone stays unidentified. Port 445 only; NetBIOS (139) is not asked.
"""

from __future__ import annotations

import os
from typing import Final

from scanners.exchange import MOST_PACKETS, ask_once, read_once
from scanners.smb.parse import GUID_BYTES, SALT_BYTES, build_request, is_whole, parse_answer
from sekisho.gate.wire import Job, Wire
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.model.windows_facts import SmbDialect
from sekisho.registry import Scanner, Stage

PORTS: Final = frozenset({445})  # IANA: microsoft-ds


def applies(view: ServiceView) -> bool:
    """Tell whether a service is to be asked."""
    return view.transport == "tcp" and view.tier >= Tier.T2 and view.port in PORTS


async def run(job: Job, wire: Wire) -> None:
    """Ask once."""
    await ask_once(job, wire, build_request(os.urandom(GUID_BYTES), os.urandom(SALT_BYTES)), is_whole)


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    return read_once(transcript, parse_answer)


SCANNER = Scanner(
    id="smb",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=MOST_PACKETS,
    yields=(SmbDialect,),
    run=run,
    read=read,
    applies=applies,
)
