"""Is it a time server.

Sends: 1 UDP datagram to port 123, a client's question (mode 3, 48 bytes); if nothing comes back, one more of its kind.
    2 packets at most. No control message (mode 6), no monlist (mode 7). Network devices, servers and devices nobody
    knows only.
Source: RFC 5905 §7.3, read 2026-11-21.
Limits: whether it answers control messages, and whom it takes its own time from, is not asked.
"""

from __future__ import annotations

import os

from scanners.datagrams import datagram_scanner
from scanners.ntp.parse import RANDOM_BYTES, build_question, parse_answer
from sekisho.model.service_facts import NtpServer

SCANNER = datagram_scanner(
    "ntp",
    port=123,  # IANA: ntp
    fact=NtpServer,
    question=lambda: build_question(os.urandom(RANDOM_BYTES)),
    parse=parse_answer,
    where=lambda view: view.may_serve,
)
