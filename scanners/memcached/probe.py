"""Is it memcached, and does it carry out commands for callers who have not logged in.

Sends: 1 TCP connection, on it 1 `version` (9 bytes), a command that reads and changes nothing; no key is named. 14
    packets at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that spoke
    first.
Source: memcached, doc/protocol.txt, read 2026-11-21.
Limits: a server with SASL speaks its binary protocol alone and closes: it isn't identified. Port 11211 over TCP only;
    the same port over UDP is never asked, since what it answers can be many times the request.
"""

from __future__ import annotations

from scanners.exchange import request_scanner
from scanners.memcached.parse import REQUEST, is_whole, parse_answer
from sekisho.model.database_facts import MemcachedAnswer

SCANNER = request_scanner(
    "memcached",
    ports=frozenset({11211}),  # IANA: memcache
    fact=MemcachedAnswer,
    request=REQUEST,
    is_whole=is_whole,
    parse=parse_answer,
)
