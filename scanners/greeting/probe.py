"""What a service says first, without being asked.

Sends: 1 TCP connection to an open port, no payload at all; we listen for 2 s at most, and close in order as soon as the
    service has said who it is or 1,024 bytes have come. Telnet option requests are read and not answered.
    10 packets at most: SYN, ACK, FIN, ACK and the kernel's acknowledgements of what the service says.
    Not to the web and TLS ports below, where the server is known to wait for the client and other scanners ask anyway;
    not to DICOM, HL7 and printer ports, which get nothing but the port scanner's connect.
Limits: a service that waits for its client is `silent` here, whatever it is, and so is one whose only word is a TLS
    alert at our close.
"""

from __future__ import annotations

import asyncio
from typing import Final

from scanners.greeting.parse import MOST_BYTES, is_enough, read
from sekisho.gate.wire import Job, Wire
from sekisho.model.database_facts import MysqlHandshake, RedisAnswer
from sekisho.model.facts import Greeting
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner, Stage

LISTEN_S: Final = 2.0
"""How long we listen in all; a server that drips one byte at a time gains nothing by it."""

_READS: Final = 5
"""Chunks at most: each draws an acknowledgement, and 10 packets are declared; greetings come in one to three."""

CLIENT_FIRST: Final = frozenset({
    80, 81, 591, 8000, 8001, 8008, 8080, 8081, 8082, 8088, 8090, 8888,  # HTTP (RFC 9112: the client speaks first)
    2375, 2379, 6443,  # by HTTP as well: Docker, etcd, Kubernetes, whose second connection tells the version (ADR 0035)
    443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 4433, 4443, 5061, 7443, 8443, 9443, 10443,  # TLS (RFC 8446)
    88, 135, 139, 389, 445, 3389,  # Kerberos, RPC, NetBIOS, LDAP, SMB, RDP: client first by their specifications
    6379, 26379,  # Redis: the second connection asks inside TLS (ADR 0039); in protected mode it tells whoever asks
})  # fmt: skip

UNTOUCHED: Final = frozenset({104, 2575, 2761, 2762, 11112, *range(9100, 9108)})
"""DICOM, HL7 and printer ports: a connect is all they ever get (design: T1; nmap excludes 9100 to 9107 as well)."""


def applies(view: ServiceView) -> bool:
    """Tell whether listening to this service is allowed and can teach anything."""
    if view.transport != "tcp" or view.tier < Tier.T2 or view.greeting is not None:
        return False
    return view.port not in CLIENT_FIRST | UNTOUCHED


async def run(job: Job, wire: Wire) -> None:
    """Connect, listen, close."""
    stream = await wire.connect(job.target)
    loop = asyncio.get_running_loop()
    deadline, heard, talks_on = loop.time() + LISTEN_S, b"", False
    try:
        for _ in range(_READS):
            if (left_s := deadline - loop.time()) <= 0 or is_enough(heard, job.target.port):
                break
            chunk = await stream.receive(MOST_BYTES - len(heard), timeout_s=left_s)
            if not chunk:
                break
            heard += chunk
        else:
            talks_on = not is_enough(heard, job.target.port)  # an orderly close would draw more acknowledgements
    finally:
        await stream.close(abort=talks_on)


SCANNER = Scanner(
    id="greeting",
    version=4,
    stage=Stage.IDENTIFY,
    tier=Tier.T2,
    max_connections=1,
    max_packets=10,
    yields=(Greeting, MysqlHandshake, RedisAnswer),
    run=run,
    read=read,
    applies=applies,
)
