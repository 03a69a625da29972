"""Asks a web service once for its root page, plain or inside TLS.

Sends: on one connection `GET / HTTP/1.1` with Host, User-Agent, Accept and `Connection: close`, nothing else; inside
TLS the handshake before it (no client certificate). Reads at most 64 KiB, in 100 pieces at most. No log-in is tried;
what the page points to is another scanner's question (http-further).
Limits: what a page builds by script isn't seen; of scripts only the paths on the same server that they name. Of a
response whose headers are longer than that, only that it is HTTP.
Source: RFC 9110, RFC 9112.
"""

from __future__ import annotations

from typing import Final

from scanners.http.applies import applies
from scanners.http.asking import MOST_PACKETS, ask, build_get, host_of, tls_option
from scanners.http.masking import mask_response
from scanners.http.reading import read
from sekisho.gate.wire import Job, Wire
from sekisho.model.api_facts import ApiAnswer
from sekisho.model.facts import HttpAnswer
from sekisho.model.service_facts import HttpBegun
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner, Stage


async def run(job: Job, wire: Wire) -> None:
    """Ask once."""
    await ask(job, wire, build_get(host_of(job)))


SCANNER: Final = Scanner(
    id="http",
    version=5,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=MOST_PACKETS,
    yields=(HttpAnswer, HttpBegun, ApiAnswer),
    run=run,
    read=read,
    applies=applies,
    mask=mask_response,
    options=tls_option,
)
