"""Which ways of logging in does a VNC server offer.

Sends: 1 TCP connection, after the server's version ours (12 bytes), the newest that both know; nothing after the list
    of security types: none is chosen, no password is sent. 22 packets at most: SYN, ACK, the version, FIN, ACK and the
    kernel's acknowledgements. Only to a service that greeted as VNC.
Source: RFC 6143 §7.1.1 and §7.1.2, read 2026-11-21.
Limits: what stands inside VeNCrypt, Tight and the like (their own lists of ways) is not asked. Some servers (TigerVNC)
    count connections without a log-in and shut a caller out for ten seconds after five of them; we make three.
"""

from __future__ import annotations

from typing import Final

from scanners.exchange import read_once
from scanners.vnc.parse import VERSION_BYTES, build_version, is_whole, parse_security
from sekisho.gate.wire import Job, Stream, Wire
from sekisho.model.observations import Reading
from sekisho.model.service_facts import VncSecurity
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner, Stage

_MOST_BYTES: Final = 1024  # of the server's words; a list has 256 entries at most
_READS: Final = 8  # chunks at most, so that a dripping server ends soon


def applies(view: ServiceView) -> bool:
    """Tell whether the service greeted as VNC."""
    if view.transport != "tcp" or view.tier < Tier.T2:
        return False
    return view.greeting is not None and view.greeting.protocol == "vnc"


async def run(job: Job, wire: Wire) -> None:
    """Read the version, answer with ours, read the list."""
    stream = await wire.connect(job.target)
    try:
        heard = await _hear(stream, b"", VERSION_BYTES)
        if ours := build_version(heard):
            await stream.send(ours)
            await _hear(stream, heard, _MOST_BYTES)
    finally:
        await stream.close(abort=stream.ended == "silent")


async def _hear(stream: Stream, heard: bytes, most: int) -> bytes:
    """Read until so many bytes came, the server's words are whole, or it is done, silent or too slow."""
    for _ in range(_READS):
        if len(heard) >= most or is_whole(heard):
            break
        chunk = await stream.receive(most - len(heard))
        if not chunk:
            break
        heard += chunk
    return heard


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    return read_once(transcript, parse_security)


SCANNER = Scanner(
    id="vnc",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=22,
    yields=(VncSecurity,),
    run=run,
    read=read,
    applies=applies,
)
