"""Does an OpenVPN server over UDP answer callers who hold no shared key.

Sends: 1 UDP datagram to port 1194, P_CONTROL_HARD_RESET_CLIENT_V2 (14 bytes) with a random session number and without
    tls-auth or tls-crypt; if nothing comes back, one more of its kind. After an answer 1 datagram (22 bytes) that
    acknowledges it, so that the server does not repeat itself for a minute; it forgets the session when no TLS
    handshake follows. 3 packets at most. Network devices and devices nobody knows only (ADR 0022).
Source: OpenVPN Wire Protocol, "Packet opcodes", read 2026-11-21.
Limits: a server guarded by tls-auth or tls-crypt, as it should be, stays silent and looks like none. Its certificate,
    ciphers and log-in are not seen. Port 1194 alone.
"""

from __future__ import annotations

import os
from typing import Final

from scanners.datagrams import ask_twice, read_replies
from scanners.openvpn.parse import SESSION_BYTES, build_acknowledgement, build_reset, parse_reset
from sekisho.gate.wire import Job, Wire
from sekisho.model.facts import HostAnswered, PortSeen
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.model.vpn_facts import OpenVpn
from sekisho.registry import Scanner, Stage

PORT: Final = 1194  # IANA: openvpn


def applies(view: ServiceView) -> bool:
    """Tell whether a tunnel may end there."""
    return view.transport == "udp" and view.may_be_gateway and view.tier >= Tier.T2


async def run(job: Job, wire: Wire) -> None:
    """Ask, once more into silence, and acknowledge an answer."""
    await ask_twice(job, wire, lambda: build_reset(os.urandom(SESSION_BYTES)), build_acknowledgement)


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    return read_replies(transcript, parse_reset)


SCANNER = Scanner(
    id="openvpn",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=0,
    max_packets=3,
    yields=(OpenVpn, PortSeen, HostAnswered),
    run=run,
    read=read,
    applies=applies,
    transport="udp",
    udp_ports=(PORT,),
)
