"""Is it MongoDB, or does it speak MongoDB's protocol.

Sends: 1 TCP connection, on it 1 `isMaster` (58 bytes), with which every client begins; no user is named, no database is
    read. 14 packets at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that
    spoke first.
Source: MongoDB manual, "hello" and "Wire Protocol", read 2026-11-21.
Limits: every server answers this before a log-in, so it isn't seen whether data can be read without one; the release is
    seen as far as the version of the protocol tells. Port 27017 only: an unasked request would be noise elsewhere.
"""

from __future__ import annotations

from scanners.exchange import request_scanner
from scanners.mongodb.parse import REQUEST, is_whole, parse_answer
from sekisho.model.database_facts import MongodbHello

SCANNER = request_scanner(
    "mongodb",
    ports=frozenset({27017}),  # IANA: mongodb
    fact=MongodbHello,
    request=REQUEST,
    is_whole=is_whole,
    parse=parse_answer,
)
