"""Is it Cassandra, or does it speak Cassandra's protocol.

Sends: 1 TCP connection, on it 1 OPTIONS (9 bytes); no STARTUP, so no user is named and no session begins. 14 packets at
    most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that spoke first.
Source: Apache Cassandra, native_protocol_v4.spec, read 2026-11-21.
Limits: every server answers this before a log-in, so it isn't seen whether one is demanded; nor is its release. Port
    9042 only: an unasked request would be noise elsewhere.
"""

from __future__ import annotations

from scanners.cassandra.parse import REQUEST, is_whole, parse_answer
from scanners.exchange import request_scanner
from sekisho.model.database_facts import CassandraOptions

SCANNER = request_scanner(
    "cassandra",
    ports=frozenset({9042}),  # native_transport_port of the shipped configuration
    fact=CassandraOptions,
    request=REQUEST,
    is_whole=is_whole,
    parse=parse_answer,
)
