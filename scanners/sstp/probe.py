"""Does an SSTP tunnel end here.

Sends: inside TLS, on one connection, the request with which SSTP begins (SSTP_DUPLEX_POST, no body), and closes after
the head of the answer: no call is connected, no user is named. Only where one connection is left and nothing better to
be asked (ADR 0035): TLS on a gateway by the register, on a device that nobody knows, or on Windows, whose root page is
shut.
Limits: a server that wants another name than the one we know it by may decline. Silence isn't read as "no".
Source: MS-SSTP 3.2.4.1, read 2026-11-21.
"""

from __future__ import annotations

from typing import Final

from scanners.http.asking import MOST_PACKETS, ask, host_of, tls_option
from scanners.http.further import SSTP, further_question
from scanners.http.masking import mask_response
from scanners.sstp.parse import build_request, is_whole, read
from sekisho.gate.wire import Job, Wire
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.vpn_facts import Sstp
from sekisho.registry import Scanner, Stage


def applies(view: ServiceView) -> bool:
    """Tell whether a service is to be asked."""
    question = further_question(view)
    return view.tier >= Tier.T2 and question is not None and question.kind == SSTP


async def run(job: Job, wire: Wire) -> None:
    """Ask once."""
    await ask(job, wire, build_request(host_of(job)), is_whole)


SCANNER: Final = Scanner(
    id="sstp",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=MOST_PACKETS,
    yields=(Sstp,),
    run=run,
    read=read,
    applies=applies,
    mask=mask_response,
    options=tls_option,
)
