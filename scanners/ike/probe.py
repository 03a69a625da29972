"""Which VPN does a device negotiate by IKE, and which algorithms does it take.

Sends: UDP datagrams to port 500, and to port 4500 with four zero bytes before them, one at a time; each is the first
    message of an exchange, of 1,200 bytes at most, and none is ever followed by the next one of its exchange:
    1. IKE_SA_INIT (version 2) with every transform asked about, then one for each group that the responder names, one
       that it may choose a suite of, and then by halves those of encryption, integrity and PRF that it did not choose;
       these name a public value of a group that it refuses, so that it keeps no state. A cookie is sent back once.
    2. main mode (version 1), up to 30 suites in each message, 6 messages if all are refused; what was taken is struck
       out and the rest offered again, with what would be a fault first, until nothing more is taken; at most 3 are
       accepted, 2 where version 2 is spoken as well.
    3. aggressive mode, 1 message with the name "sekisho.invalid", offering what main mode took, not repeated.
    A datagram without an answer is repeated once; two in a row end that version. 5 to a port that is silent, 6 to 44 to
    most that answer, 54 at most. On 4500, where 500 has answered: 1 to 4.
    No log-in, no identity but the neutral one, no second message of any exchange. The hash or signature that aggressive
    mode brings is blanked before anything is stored; its length stays.
Source: RFC 7296, RFC 2408, RFC 2409, RFC 3947, RFC 3948; order and limits are our own caution.
Limits: what is taken from an unknown address may differ from what a known peer gets; a responder that answers known
    peers alone is silent. Where main mode takes three suites (two beside version 2), further ones are not asked for.
    ESP is negotiated later, encrypted: which algorithms carry the data can't be seen from outside. Aggressive mode is
    asked with one group alone: its message names the group before any answer.
"""

from __future__ import annotations

from scanners.ike.build import Ours
from scanners.ike.initiate import Initiator
from scanners.ike.line import MOST_DATAGRAMS, Line
from scanners.ike.masking import mask
from scanners.ike.phase1 import PhaseOne
from scanners.ike.reading import read
from sekisho.gate.wire import Job, Wire
from sekisho.model.facts import HostAnswered, PortSeen
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.vpn_facts import IkeAnswer
from sekisho.registry import Scanner, Stage


async def run(job: Job, wire: Wire) -> None:
    """Ask by version 2, then by version 1; only whether it answers where another port has answered already."""
    line, whole = Line(job, wire), not job.options.get("answered")
    address, port = job.target.address, job.target.port
    two = Initiator(line, Ours(address, port))
    if await two.converse(whole=whole) and not whole:
        return
    await PhaseOne(line, address, port, two.kept).converse(whole=whole)


def applies(view: ServiceView) -> bool:
    """Tell whether tunnels may end at a device."""
    return view.transport == "udp" and view.may_be_gateway


SCANNER = Scanner(
    id="ike",
    version=3,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=0,
    max_packets=MOST_DATAGRAMS,
    yields=(IkeAnswer, PortSeen, HostAnswered),
    run=run,
    read=read,
    applies=applies,
    transport="udp",
    udp_ports=(500, 4500),
    mask=mask,
)
