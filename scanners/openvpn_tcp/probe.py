"""Does an OpenVPN server over TCP answer callers who hold no shared key.

Sends: 1 TCP connection, on it 1 P_CONTROL_HARD_RESET_CLIENT_V2 (16 bytes with its length) with a random session number
    and without tls-auth or tls-crypt; nothing after the answer, the end of the connection ends the session. 14 packets
    at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that spoke first.
Source: OpenVPN Wire Protocol, "Packet opcodes", read 2026-11-21.
Limits: a server guarded by tls-auth or tls-crypt, as it should be, closes or stays silent and is not identified. Port
    1194 alone: on 443 the question would be noise to a web server.
"""

from __future__ import annotations

import os
from typing import Final

from scanners.exchange import MOST_PACKETS, ask_once, read_once
from scanners.openvpn.parse import LENGTH_BYTES, SESSION_BYTES, build_reset, in_stream, is_whole, parse_reset
from sekisho.gate.wire import Job, Wire
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from sekisho.model.vpn_facts import OpenVpn
from sekisho.registry import Scanner, Stage

PORTS: Final = frozenset({1194})  # IANA: openvpn


def applies(view: ServiceView) -> bool:
    """Tell whether a service is to be asked."""
    return view.waits_at(PORTS)


async def run(job: Job, wire: Wire) -> None:
    """Ask once."""
    await ask_once(job, wire, in_stream(build_reset(os.urandom(SESSION_BYTES))), is_whole)


def read(transcript: Transcript) -> Reading:
    """Read the transcript; the answer has to name the session that was asked with."""
    sent = b"".join(e.data for e in transcript.events if e.kind is EventKind.SENT)
    return read_once(transcript, lambda said: parse_reset(sent[LENGTH_BYTES:], said[LENGTH_BYTES:]))


SCANNER = Scanner(
    id="openvpn-tcp",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=MOST_PACKETS,
    yields=(OpenVpn,),
    run=run,
    read=read,
    applies=applies,
)
