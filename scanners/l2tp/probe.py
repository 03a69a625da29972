"""Is it an L2TP gateway, and what does it say of itself.

Sends: 1 UDP datagram to port 1701, Start-Control-Connection-Request (67 bytes) that names nobody; if nothing comes
    back, one more of its kind. After a reply 1 StopCCN (36 bytes; a bare receipt of 12 bytes where the server declined
    by itself), so that no half-open tunnel stays and the server does not repeat itself. No session, no log-in. 3
    packets at most. Network devices and devices nobody knows only (ADR 0022).
Source: RFC 2661 §5.1, §6.1, §6.2, §6.4, read 2026-11-21.
Limits: a gateway that takes L2TP inside IPsec alone, as it should, stays silent and looks like none. Port 1701 alone.
"""

from __future__ import annotations

import secrets

from scanners.datagrams import datagram_scanner
from scanners.l2tp.parse import TUNNEL_NUMBERS, build_goodbye, build_request, parse_reply
from sekisho.model.vpn_facts import L2tp

SCANNER = datagram_scanner(
    "l2tp",
    port=1701,  # IANA: l2f, RFC 2661 §8.1
    fact=L2tp,
    question=lambda: build_request(secrets.choice(TUNNEL_NUMBERS)),
    parse=parse_reply,
    where=lambda view: view.may_be_gateway,
    farewell=build_goodbye,
)
