"""Is there a management controller that speaks IPMI, and which ways to log in does it offer.

Sends: 1 UDP datagram to port 623, Get Channel Authentication Capabilities (23 bytes). If nothing or an error comes
    back, the same once more as a version 1.5 controller understands it. 2 packets at most. No session is opened, no
    user is named, and no hash is ever asked for. Network devices, servers and devices nobody knows only.
Source: IPMI specification 2.0 rev. 1.1 §13.14, §22.13, read 2026-11-21.
Limits: cipher suites of version 2.0 are not asked for, so one without any authentication (cipher suite 0) is not seen.
    That the protocol hands a hash of the password to whoever names a user (RAKP) holds of every controller, and is
    not tried. What it takes from an administrator; other levels may take more.
"""

from __future__ import annotations

import secrets

from scanners.datagrams import is_read, read_replies, udp_scanner
from scanners.ipmi.parse import SEQUENCES, build_question, parse_answer
from sekisho.gate.wire import Job, Wire
from sekisho.model.udp_facts import IpmiChannel


async def run(job: Job, wire: Wire) -> None:
    """Ask by version 2.0, then by 1.5 where that brought nothing."""
    for by_version_2 in (True, False):
        asked = build_question(secrets.choice(SEQUENCES), by_version_2=by_version_2)
        if any(is_read(parse_answer, asked, reply) for reply in await wire.ask(job.target, asked)):
            return


SCANNER = udp_scanner(
    "ipmi",
    port=623,  # IANA: asf-rmcp
    yields=(IpmiChannel,),
    run=run,
    read=lambda transcript: read_replies(transcript, parse_answer),
    where=lambda view: view.may_serve,
    max_packets=2,
)
