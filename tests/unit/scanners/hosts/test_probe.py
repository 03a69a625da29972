from __future__ import annotations

from ipaddress import ip_address

import pytest

from scanners.hosts.probe import SCANNER
from sekisho.errors import ProbeError
from sekisho.gate.wire import Job
from sekisho.model.attempts import Outcome
from sekisho.model.facts import HostAnswered
from sekisho.model.subjects import host
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind
from sekisho.scope import AdmittedTarget
from tests.unit.scanners.fakes import FakeWire, Replies, target
from tests.unit.scanners.hosts.test_parse import ARP_REPLY, ECHO_V4


class Listening(FakeWire):
    """Counts what is asked for."""

    asked: tuple[str, ...] = ()
    echo_fails = False

    async def resolve_link(self, target: AdmittedTarget) -> str | None:
        self.asked += ("link",)
        return await super().resolve_link(target)

    async def echo(self, target: AdmittedTarget, *, wait_s: float | None = None) -> bool:
        self.asked += ("echo",)
        if self.echo_fails:
            raise ProbeError("raw sockets need CAP_NET_RAW")
        return await super().echo(target)


def hosts_job(tier: Tier) -> Job:
    one = target(0, address="192.0.2.2", tier=tier)
    return Job("test|hosts", "hosts", host(ip_address("192.0.2.2")), "management", (one,))


@pytest.mark.parametrize(
    ("tier", "mac", "on_link", "asked"),
    [
        (Tier.T1, None, True, ("link",)),
        (Tier.T1, None, False, ("link",)),
        (Tier.T1, "02:00:00:00:00:02", True, ("link",)),
        (Tier.T2, "02:00:00:00:00:02", True, ("link",)),
        (Tier.T2, None, True, ("link", "link")),
        (Tier.T3, None, True, ("link", "link")),
        (Tier.T2, None, False, ("link", "echo")),
        (Tier.T3, None, False, ("link", "echo")),
    ],
)
async def test_silence_is_looked_at_twice_from_t2_on_and_an_echo_is_for_hosts_behind_a_router(
    tier: Tier, mac: str | None, on_link: bool, asked: tuple[str, ...]
) -> None:
    wire = Listening(hosts_job(tier), replies=Replies(mac=mac, on_link=on_link))
    await SCANNER.run(wire.job, wire)
    assert wire.asked == asked


class LosingTheFirst(Listening):
    """The answer to the first ARP request is lost; everything else comes through."""

    async def resolve_link(self, target: AdmittedTarget) -> str | None:
        first = "link" not in self.asked
        self.asked += ("link",)
        if first:
            return None
        self.recorder.add(EventKind.FRAME_RECEIVED, data=ARP_REPLY)
        return "02:00:00:00:00:02"


async def test_a_lost_answer_on_the_own_segment_costs_no_mac() -> None:
    wire = LosingTheFirst(hosts_job(Tier.T2), replies=Replies(on_link=True))
    await SCANNER.run(wire.job, wire)
    assert wire.asked == ("link", "link")
    assert [fact for _, fact in SCANNER.read(wire.transcript()).facts] == [HostAnswered("arp", "02:00:00:00:00:02")]


async def test_a_missing_privilege_for_echo_is_noted_and_no_error() -> None:
    wire = Listening(hosts_job(Tier.T2))
    wire.echo_fails = True
    await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())
    assert (reading.outcome, reading.facts) == (Outcome.NOT_TRIED, ())
    assert "CAP_NET_RAW" in reading.detail


@pytest.mark.parametrize(
    ("frame", "fact"),
    [(ARP_REPLY, HostAnswered("arp", "02:00:00:00:00:02")), (ECHO_V4, HostAnswered("icmp"))],
)
async def test_what_came_back_is_read_from_the_transcript(frame: bytes, fact: HostAnswered) -> None:
    replies = Replies(frames=[(EventKind.FRAME_RECEIVED, 0, frame)], mac="02:00:00:00:00:02")
    wire = FakeWire(hosts_job(Tier.T2), replies=replies)
    await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())
    assert (reading.outcome, reading.facts) == (Outcome.OK, ((host(ip_address("192.0.2.2")), fact),))
