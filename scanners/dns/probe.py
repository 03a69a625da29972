"""Is it a name server, and does it offer to look names up for callers like us.

Sends: 1 UDP datagram to port 53, a query for the address of `localhost.` with the recursion bit (27 bytes); if nothing
    comes back, one more of its kind. 2 packets at most. The name needs no look-up elsewhere (RFC 6761 §6.3), so no
    third party is asked on our behalf. Network devices, servers and devices nobody knows only.
Source: RFC 1035 §4.1, RFC 6761 §6.3, read 2026-11-21.
Limits: an old forwarder that doesn't know the rule may pass the question on to its own server. The bit "recursion
    available" is what it says of itself; no name is looked up to prove it.
"""

from __future__ import annotations

import os

from scanners.datagrams import datagram_scanner
from scanners.dns.parse import ID_BYTES, build_question, parse_answer
from sekisho.model.service_facts import DnsServer

SCANNER = datagram_scanner(
    "dns",
    port=53,  # IANA: domain
    fact=DnsServer,
    question=lambda: build_question(os.urandom(ID_BYTES)),
    parse=parse_answer,
    where=lambda view: view.may_serve,
)
