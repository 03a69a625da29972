"""Is it Radmin, software for controlling a PC from elsewhere.

Sends: 1 TCP connection, on it the first message of a viewer (10 bytes); no user is named, no password is sent. 14
    packets at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that spoke
    first.
Source: service probes of nmap 7.93 (facts only), read 2026-11-21.
Limits: whether a log-in by Windows or by its own list is demanded isn't read. Port 4899 only: an unasked request would
    be noise elsewhere.
"""

from __future__ import annotations

from scanners.exchange import request_scanner
from scanners.radmin.parse import REQUEST, is_whole, parse_answer
from sekisho.model.service_facts import RadminAnswer

SCANNER = request_scanner(
    "radmin",
    ports=frozenset({4899}),  # IANA: radmin-port
    fact=RadminAnswer,
    request=REQUEST,
    is_whole=is_whole,
    parse=parse_answer,
)
