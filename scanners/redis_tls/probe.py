"""Is there a Redis inside TLS, and does it carry out commands for callers who have not logged in.

Sends: 1 TCP connection, on it a TLS handshake without a client certificate and inside it 1 PING (14 bytes), as the
    scanner `redis` asks it; no AUTH, no other command. 45 packets at most; about fifteen where the answers come in one
    piece each. Only where TLS was seen to begin with the first byte.
Source: Redis documentation, "PING", "AUTH" and "TLS", read 2026-11-21.
Limits: as those of `redis`. A server that demands a client certificate, as it does unless told otherwise, isn't asked
    to the end. Ports 6379, 6380 (usual beside the clear one) and 26379 (Sentinel) only.
"""

from __future__ import annotations

from scanners.exchange import request_scanner
from scanners.redis.parse import REQUEST, is_whole, parse_answer
from sekisho.model.database_facts import RedisAnswer

SCANNER = request_scanner(
    "redis-tls",
    ports=frozenset({6379, 6380, 26379}),
    fact=RedisAnswer,
    request=REQUEST,
    is_whole=is_whole,
    parse=parse_answer,
    inside_tls=True,
)
