"""Is it a time server.

Sends: 1 UDP datagram to port 123, a client's question (mode 3, 48 bytes); if nothing comes back, one more of its kind.
    2 packets at most. No control message (mode 6), no monlist (mode 7). Network devices, servers and devices nobody
    knows only.
Source: RFC 5905 §7.3, read 2026-11-21.
Limits: whether it answers control messages, and whom it takes its own time from, is not asked.
"""

from __future__ import annotations

import os
from typing import Final

from scanners.datagrams import ask_twice, read_replies
from scanners.ntp.parse import RANDOM_BYTES, build_question, parse_answer
from sekisho.gate.wire import Job, Wire
from sekisho.model.facts import HostAnswered, PortSeen
from sekisho.model.observations import Reading
from sekisho.model.service_facts import NtpServer
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner, Stage

PORT: Final = 123  # IANA: ntp


def applies(view: ServiceView) -> bool:
    """Tell whether such a server may stand there."""
    return view.transport == "udp" and view.may_serve and view.tier >= Tier.T2


async def run(job: Job, wire: Wire) -> None:
    """Ask, once more into silence."""
    await ask_twice(job, wire, lambda: build_question(os.urandom(RANDOM_BYTES)))


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    return read_replies(transcript, parse_answer)


SCANNER = Scanner(
    id="ntp",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=0,
    max_packets=2,
    yields=(NtpServer, PortSeen, HostAnswered),
    run=run,
    read=read,
    applies=applies,
    transport="udp",
    udp_ports=(PORT,),
)
