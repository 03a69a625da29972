"""Is it an LDAP directory, and what does it tell everybody of itself.

Sends: 1 TCP connection, on it 1 search of the root DSE alone (115 bytes) for five attributes: naming contexts, vendor
    name and version, extensions, host name. No bind, not even an anonymous one, and no search in the directory itself.
    14 packets at most: SYN, ACK, the request, FIN, ACK and the kernel's acknowledgements. Not to a service that spoke
    first.
Source: RFC 4511 §4.5, RFC 4512 §5.1 (the root DSE is for everybody to read), read 2026-11-21.
Limits: what the directory itself gives to those who have not logged in is not asked. Ports 389 and 3268 (global
    catalogue) only; inside TLS (636, 3269) it isn't asked, TLS is judged there all the same.
"""

from __future__ import annotations

from typing import Final

from scanners.exchange import MOST_PACKETS, ask_once, read_once
from scanners.ldap.parse import REQUEST, is_whole, parse_root
from sekisho.gate.wire import Job, Wire
from sekisho.model.observations import Reading
from sekisho.model.service_facts import LdapRoot
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner, Stage

PORTS: Final = frozenset({389, 3268})  # IANA: ldap, msft-gc


def applies(view: ServiceView) -> bool:
    """Tell whether a service is to be asked."""
    return view.waits_at(PORTS)


async def run(job: Job, wire: Wire) -> None:
    """Ask once."""
    await ask_once(job, wire, REQUEST, is_whole)


def read(transcript: Transcript) -> Reading:
    """Read the transcript."""
    return read_once(transcript, parse_root)


SCANNER = Scanner(
    id="ldap",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=MOST_PACKETS,
    yields=(LdapRoot,),
    run=run,
    read=read,
    applies=applies,
)
