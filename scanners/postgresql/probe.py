"""Is it PostgreSQL, and does it offer TLS.

Sends: 1 TCP connection, on it 1 SSLRequest (8 bytes); no start-up message, so no user, database or password is named;
    nothing after the answer. 14 packets at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements.
    Not to a service that spoke first.
Source: PostgreSQL 17 documentation, 53.2.11, read 2026-11-21.
Limits: neither its version nor who may log in is told before a start-up message. Whether it also takes sessions
    without TLS is not seen. Ports 5432 and 6432 (PgBouncer) only: an unasked request would be noise elsewhere.
"""

from __future__ import annotations

from scanners.exchange import request_scanner
from scanners.postgresql.parse import REQUEST, is_whole, parse_answer
from sekisho.model.database_facts import PostgresqlAnswer

SCANNER = request_scanner(
    "postgresql",
    ports=frozenset({5432, 6432}),  # IANA: postgresql; PgBouncer's listen_port
    fact=PostgresqlAnswer,
    request=REQUEST,
    is_whole=is_whole,
    parse=parse_answer,
)
