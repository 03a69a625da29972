"""Is it a time server, and does it tell everybody about itself.

Sends: 1 UDP datagram to port 123, a client's question (mode 3, 48 bytes); if nothing comes back, one more of its kind.
    After an answer 1 control query (mode 6, 12 bytes) that reads the server's own variables. 3 packets at most, 2 to a
    port that is silent. The query changes nothing and names no other server. Never mode 7 (monlist). Network devices,
    servers and devices nobody knows only.
Source: RFC 5905 §7.3, RFC 9327 §2, §4, read 2026-11-21.
Limits: whom it takes its own time from is not asked. Of an answer in more than 4 datagrams the rest is not read, so
    that what it sends for our 12 bytes is then more than what is noted. A server that answers control queries and no
    clients is not found.
"""

from __future__ import annotations

import os
from dataclasses import replace

from scanners.datagrams import ask_twice, is_read, read_all, udp_scanner
from scanners.ntp.parse import (
    MOST_FRAGMENTS,
    NUMBER_BYTES,
    RANDOM_BYTES,
    build_control,
    build_question,
    join,
    parse_answer,
    parse_reply,
)
from sekisho.gate.wire import Job, Wire
from sekisho.model.service_facts import NtpServer
from sekisho.model.udp_facts import NtpControl


async def run(job: Job, wire: Wire) -> None:
    """Ask for the time; a time server that answers is asked for its variables."""
    answered = await ask_twice(job, wire, lambda: build_question(os.urandom(RANDOM_BYTES)))
    if answered and is_read(parse_answer, *answered):
        await wire.ask(job.target, build_control(os.urandom(NUMBER_BYTES)), answers=MOST_FRAGMENTS)


SCANNER = replace(
    udp_scanner(
        "ntp",
        port=123,  # IANA: ntp
        yields=(NtpServer, NtpControl),
        run=run,
        read=lambda transcript: read_all(transcript, parse_reply, join),
        where=lambda view: view.may_serve,
        max_packets=3,
    ),
    version=2,
)
