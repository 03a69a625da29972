"""Does an FTP server offer to encrypt the log-in.

Sends: 1 TCP connection, after the greeting `FEAT` CR LF (6 bytes); no log-in, not even an anonymous one, and no
    QUIT: one payload a connection is what identifying takes, and the end of the connection says the same. 100 packets
    at most, the kernel's acknowledgements included; about ten where greeting and answer come in one piece each.
Source: RFC 959 (replies), RFC 2389 (FEAT), RFC 4217 (AUTH TLS), read 2026-11-21.
Limits: a server may offer AUTH TLS and still take a log-in in clear text; that is not tried.
"""

from __future__ import annotations

from typing import Final

from scanners.exchange import read_once
from scanners.ftp.parse import MOST_BYTES, is_reply_complete, parse_features
from sekisho.gate.wire import Job, Stream, Wire
from sekisho.model.facts import FtpFeatures
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner, Stage

_READS: Final = 40  # chunks at most per reply: servers send a house rule line by line; the gate bounds the time


def applies(view: ServiceView) -> bool:
    """Tell whether the service greeted as FTP."""
    return view.transport == "tcp" and view.greeting is not None and view.greeting.protocol == "ftp"


async def run(job: Job, wire: Wire) -> None:
    """Read the greeting, ask FEAT, read the answer, close."""
    stream = await wire.connect(job.target)
    try:
        heard = await _until(stream, b"", 1)
        if is_reply_complete(heard, 1):
            await stream.send(b"FEAT\r\n")
            await _until(stream, heard, 2)
    finally:
        await stream.close()


async def _until(stream: Stream, heard: bytes, count: int) -> bytes:
    """Read until so many replies are complete, or the peer is done, silent or too talkative."""
    for _ in range(_READS):
        if is_reply_complete(heard, count) or len(heard) >= MOST_BYTES:
            break
        chunk = await stream.receive(MOST_BYTES)
        if not chunk:
            break
        heard += chunk
    return heard


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    return read_once(transcript, parse_features)


SCANNER = Scanner(
    id="ftp",
    version=2,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=100,
    yields=(FtpFeatures,),
    run=run,
    read=read,
    applies=applies,
)
