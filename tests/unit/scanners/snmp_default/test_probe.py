from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address

import pytest

from lab.devices.snmp import SnmpParams, system_group
from lab.devices.snmp.agent import answering
from scanners.snmp_default.probe import SCANNER
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Method
from sekisho.model.facts import SnmpSystem
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind
from sekisho.registry import COMMUNITY
from tests.unit.scanners.fakes import FakeWire, Replies, job

SYSTEM = system_group(SnmpParams(sysdescr="RTX1210", sysname="gw", sysobjectid="1.3.6.1.4.1.1182"))


@pytest.mark.parametrize(("community", "found"), [(b"public", True), (b"private", False), (b"hospital", False)])
async def test_public_is_tried_and_nothing_else(community: bytes, found: bool) -> None:
    agent = answering(SYSTEM, (community,))

    def reply(asked: bytes) -> Sequence[bytes]:
        answer = agent(asked)
        return [answer] if answer else []

    wire = FakeWire(job("snmp-default", 161, address="2001:db8::9", transport="udp"), replies=Replies(datagrams=reply))
    await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())
    systems = [fact for _, fact in reading.facts if isinstance(fact, SnmpSystem)]
    assert [s.default_community for s in systems] == [True] * found
    assert (reading.outcome, wire.datagrams) == ((Outcome.OK, 1) if found else (Outcome.TIMEOUT, 2))
    sent = [e.data for e in wire.transcript().events if e.kind is EventKind.DATAGRAM_SENT]
    assert all(b"public" in asked for asked in sent)


def test_it_is_asked_where_a_consent_names_it_only() -> None:
    assert SCANNER.method is Method.SNMP_DEFAULT_COMMUNITY
    view = ServiceView(ip_address("192.0.2.1"), "udp", 161, Tier.T2, "server")
    assert SCANNER.applies(view)
    assert not SCANNER.applies(replace(view, category="pc"))
    assert SCANNER.applies(replace(view, category="pc", settings={COMMUNITY: True}))
    assert not SCANNER.applies(replace(view, tier=Tier.T1))
