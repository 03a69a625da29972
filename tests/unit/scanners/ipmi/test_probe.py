from __future__ import annotations

from scanners.ipmi.probe import SCANNER
from sekisho.model.attempts import Outcome
from sekisho.model.udp_facts import IpmiChannel
from tests.unit.scanners.fakes import FakeWire, Replies, job
from tests.unit.scanners.ipmi.test_parse import answer


def old_controller(asked: bytes) -> list[bytes]:
    """Take the question of version 1.5 only."""
    is_old = not asked[20] & 0x80
    return [answer(0x04, sequence=asked[18] >> 2, code=0 if is_old else 0xCC)]


async def test_a_controller_of_version_1_5_is_asked_as_it_understands() -> None:
    wire = FakeWire(job("ipmi", 623, address="2001:db8::9", transport="udp"), replies=Replies(datagrams=old_controller))
    await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())
    assert (reading.outcome, wire.datagrams) == (Outcome.OK, 2)
    assert reading.facts[-1][1] == IpmiChannel((), ("md5",), False, False, True, True)
