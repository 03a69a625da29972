"""Is it ZooKeeper, and which version.

Sends: 1 TCP connection, on it `srvr` (4 bytes), which reads and changes nothing; no session, no path of its data. 14
    packets at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that spoke
    first.
Source: ZooKeeper administrator's guide 3.8, "The Four Letter Words", read 2026-11-21.
Limits: whether its data can be read without a log-in isn't told by this word. Port 2181 only: an unasked request would
    be noise elsewhere.
"""

from __future__ import annotations

from scanners.exchange import request_scanner
from scanners.zookeeper.parse import REQUEST, is_whole, parse_answer
from sekisho.model.database_facts import ZookeeperAnswer

SCANNER = request_scanner(
    "zookeeper",
    ports=frozenset({2181}),  # clientPort of the shipped configuration
    fact=ZookeeperAnswer,
    request=REQUEST,
    is_whole=is_whole,
    parse=parse_answer,
)
