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

from scanners.datagrams import datagram_scanner
from scanners.openvpn.parse import SESSION_BYTES, build_acknowledgement, build_reset, parse_reset
from sekisho.model.vpn_facts import OpenVpn

SCANNER = datagram_scanner(
    "openvpn",
    port=1194,  # IANA: openvpn
    fact=OpenVpn,
    question=lambda: build_reset(os.urandom(SESSION_BYTES)),
    parse=parse_reset,
    where=lambda view: view.may_be_gateway,
    farewell=build_acknowledgement,
)
