"""Asks a web service for one page more, where the first one leaves a question that one page can answer.

Sends: on one connection one GET, as the http scanner does, for the first of these that applies (ADR 0035): the page on
the same server to which the root page sends every visitor at once (Location, meta refresh, plain script); /version of
an interface for programs on its usual port (Docker, etcd, Kubernetes); the icon of a log-in page that doesn't say
whose it is. Nothing where a connection was spent on listening, so that a port gets two connections at most. Not
followed further.
Limits: no other address is tried; a page that only a click leads to isn't seen. Icons of more than 64 KiB aren't read.
Source: RFC 9110; API documentation of Docker Engine, etcd and Kubernetes, read 2026-11-21.
"""

from __future__ import annotations

from typing import Any, Final

from scanners.http.asking import MOST_PACKETS, ask, build_get, host_of, tls_option
from scanners.http.further import ICON, SSTP, further_question
from scanners.http.masking import mask_response
from scanners.http_further.parse import read
from sekisho.gate.wire import Job, Wire
from sekisho.model.api_facts import ApiAnswer, HttpIcon
from sekisho.model.facts import HttpAnswer
from sekisho.model.service_facts import HttpBegun
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner, Stage


def applies(view: ServiceView) -> bool:
    """Tell whether a page is left to be asked for."""
    question = further_question(view)
    return view.tier >= Tier.T2 and question is not None and question.kind != SSTP


def options(view: ServiceView) -> dict[str, Any]:
    """Give what is asked for, and how."""
    question = further_question(view)
    asked = {"path": question.path, "icon": question.kind == ICON} if question else {}
    return asked | tls_option(view)


async def run(job: Job, wire: Wire) -> None:
    """Ask once."""
    await ask(job, wire, build_get(host_of(job), str(job.options["path"])))


SCANNER: Final = Scanner(
    id="http-further",
    version=2,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=MOST_PACKETS,
    yields=(HttpAnswer, HttpBegun, ApiAnswer, HttpIcon),
    run=run,
    read=read,
    applies=applies,
    mask=mask_response,
    options=options,
)
