"""What a mail or file service inside TLS says first, without being asked.

Sends: 1 TCP connection, on it a TLS handshake without a client certificate and nothing inside it: we listen until the
    service has said who it is, and close. 45 packets at most; about fifteen where everything comes in one piece. Only
    at ports 465, 990, 993 and 995, where TLS was seen to begin with the first byte.
Source: RFC 8314, RFC 4217, RFC 5321 §4.2, RFC 9051 §7.1, RFC 1939 §3, read 2026-11-21.
Limits: a server that demands a client certificate is not listened to. What answers to EHLO, CAPABILITY or FEAT is not
    asked.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from scanners.exchange import MOST_PACKETS_INSIDE, ask_inside, read_once
from scanners.greeting_tls.parse import IN_CLEAR, is_whole, parse_greeting
from scanners.ports.parse import subject_service
from sekisho.gate.wire import Job, Wire
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Greeting
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.subjects import endpoint_of
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner, Stage

_NO_REQUEST: Final = b""


def applies(view: ServiceView) -> bool:
    """Tell whether a service is to be listened to inside TLS."""
    return view.waits_at(IN_CLEAR) and view.has_tls


async def run(job: Job, wire: Wire) -> None:
    """Shake hands and listen."""
    await ask_inside(job, wire, _NO_REQUEST, partial(is_whole, port=job.target.port))


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    subject = subject_service(transcript)
    endpoint = endpoint_of(subject) if subject else None
    if endpoint is None:
        return Reading(Outcome.TOOL_ERROR, (), f"subject {transcript.subject!r} is no service")
    return read_once(transcript, partial(parse_greeting, port=endpoint[2]), inside_tls=True)


SCANNER = Scanner(
    id="greeting-tls",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=MOST_PACKETS_INSIDE,
    yields=(Greeting,),
    run=run,
    read=read,
    applies=applies,
)
