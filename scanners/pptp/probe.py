"""Is it a PPTP gateway, and what does it say of itself.

Sends: 1 TCP connection, on it 1 Start-Control-Connection-Request (156 bytes) that names neither host nor vendor; no
    call is begun and nobody logs in. Closed in order without a Stop-Control-Connection-Request: the end of the TCP
    connection ends the control connection (RFC 2637 §3.1), so a second message would teach nothing and cost a packet.
    14 packets at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that spoke
    first.
Source: RFC 2637 §2.1 and §2.2, read 2026-11-21.
Limits: how a session would be encrypted and who may begin one is agreed later, inside PPP, and not seen. Port 1723
    only: an unasked request would be noise elsewhere.
"""

from __future__ import annotations

from scanners.exchange import request_scanner
from scanners.pptp.parse import REQUEST, is_whole, parse_reply
from sekisho.model.vpn_facts import Pptp

SCANNER = request_scanner(
    "pptp",
    ports=frozenset({1723}),  # IANA: pptp
    fact=Pptp,
    request=REQUEST,
    is_whole=is_whole,
    parse=parse_reply,
)
