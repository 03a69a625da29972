"""Is it Redis, and does it carry out commands for callers who have not logged in.

Sends: 1 TCP connection, on it 1 PING (14 bytes), a command that reads and changes nothing; no AUTH, no other command.
    14 packets at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that spoke
    first.
Source: Redis documentation, "PING" and "AUTH", read 2026-11-21.
Limits: a server may let everybody PING and keep its data to those who logged in (ACL); that is not tried. Ports 6379
    and 26379 (Sentinel) only: an unasked request would be noise elsewhere. Inside TLS asks
    `redis-tls`.
"""

from __future__ import annotations

from scanners.exchange import request_scanner
from scanners.redis.parse import REQUEST, is_whole, parse_answer
from sekisho.model.database_facts import RedisAnswer

SCANNER = request_scanner(
    "redis",
    ports=frozenset({6379, 26379}),  # IANA: redis; usual port of Sentinel
    fact=RedisAnswer,
    request=REQUEST,
    is_whole=is_whole,
    parse=parse_answer,
)
