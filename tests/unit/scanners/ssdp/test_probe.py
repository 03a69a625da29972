from __future__ import annotations

from collections.abc import Callable

import pytest

from scanners.ssdp.parse import ANY, GATEWAY
from scanners.ssdp.probe import SCANNER
from sekisho.model.attempts import Outcome
from sekisho.model.udp_facts import SsdpAnswer
from tests.unit.scanners.fakes import FakeWire, Replies, job
from tests.unit.scanners.ssdp.test_parse import answer


def only(target: str) -> Callable[[bytes], list[bytes]]:
    """Answer searches for one kind of device."""
    return lambda asked: [answer(target)] if f"ST: {target}\r".encode() in asked else []


def lossy() -> Callable[[bytes], list[bytes]]:
    """Lose the first search."""
    asked: list[bytes] = []

    def reply(search: bytes) -> list[bytes]:
        asked.append(search)
        return [] if len(asked) == 1 else [answer(ANY if b"rootdevice" in search else GATEWAY)]

    return reply


@pytest.mark.parametrize(
    ("replies", "sent", "gateway"), [(only(GATEWAY), 1, True), (only(ANY), 3, False), (lossy(), 3, True)]
)
async def test_a_gateway_is_searched_before_anything_and_after(
    replies: Callable[[bytes], list[bytes]], sent: int, gateway: bool
) -> None:
    wire = FakeWire(job("ssdp", 1900, address="2001:db8::9", transport="udp"), replies=Replies(datagrams=replies))
    await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())
    (found,) = [fact for _, fact in reading.facts if isinstance(fact, SsdpAnswer)]
    assert (reading.outcome, wire.datagrams, found.is_gateway) == (Outcome.OK, sent, gateway)
