"""Scanners that take one request: scripted peers, the lab's devices, recorded answers, and the real gate."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.devices.rdp import RdpParams
from lab.devices.rdp import answer as rdp_answer
from lab.devices.smb import SmbParams
from lab.devices.smb import answer as smb_answer
from scanners.exchange import MOST_BYTES
from scanners.ldap.probe import SCANNER as LDAP
from scanners.openvpn_tcp.probe import SCANNER as OPENVPN
from scanners.postgresql.probe import SCANNER as POSTGRESQL
from scanners.pptp.probe import SCANNER as PPTP
from scanners.rdp.probe import SCANNER as RDP
from scanners.redis.probe import SCANNER as REDIS
from scanners.smb.probe import SCANNER as SMB
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Greeting
from sekisho.model.ledger import Entry
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from sekisho.model.windows_facts import RdpSecurity, SmbDialect
from sekisho.registry import Scanner
from tests.unit.scanners.fakes import Answering, FakeWire, Peer, Scripted, Unreachable, job
from tests.unit.scanners.golden import paths
from tests.unit.scanners.ports.real_gate import real_gate, through_gate
from tests.unit.scanners.strategies import transcripts

PORTS = {"rdp": 3389, "smb": 445, "postgresql": 5432, "redis": 6379, "pptp": 1723, "openvpn-tcp": 1194, "ldap": 389}
ALL = pytest.mark.parametrize("scanner", [RDP, SMB, POSTGRESQL, REDIS, PPTP, OPENVPN, LDAP], ids=lambda s: s.id)
AFTER_LISTENING = pytest.mark.parametrize("scanner", [POSTGRESQL, REDIS, PPTP, OPENVPN, LDAP], ids=lambda s: s.id)


async def probe(scanner: Scanner, peer: Peer) -> tuple[Reading, FakeWire]:
    wire = FakeWire(job(scanner.id, PORTS[scanner.id]), peer, timeout_s=0.2)
    with contextlib.suppress(ConnectFailed):
        await scanner.run(wire.job, wire)
    return scanner.read(Transcript.from_bytes(wire.transcript().to_bytes())), wire


def sent(wire: FakeWire) -> int:
    return sum(e.kind is EventKind.SENT for e in wire.transcript().events)


RDP_CASES = [
    (RdpParams(negotiates=False), RdpSecurity("standard", negotiates=False, code=0)),
    (RdpParams(security=("standard",)), RdpSecurity("standard", negotiates=True, code=0)),
    (RdpParams(security=("standard", "credssp")), RdpSecurity("standard", negotiates=True, code=0)),
    (RdpParams(security=("tls", "credssp")), RdpSecurity("tls", negotiates=True, code=1)),
    (RdpParams(security=("credssp",)), RdpSecurity("credssp", negotiates=True, code=5)),
]
SMB_CASES = [
    (SmbParams(), SmbDialect("3.1.1", signing_required=False)),
    (SmbParams(signing_required=True), SmbDialect("3.1.1", signing_required=True)),
    (SmbParams(dialects=("2.0.2", "2.1")), SmbDialect("2.1", signing_required=False)),
    (SmbParams(dialects=("3.0",), signing_required=True), SmbDialect("3.0", signing_required=True)),
]


@pytest.mark.parametrize("split", [True, False])
@pytest.mark.parametrize(("params", "expected"), RDP_CASES)
async def test_rdp_security_is_told_by_one_request(params: RdpParams, expected: RdpSecurity, split: bool) -> None:
    def answer(said: bytes) -> list[bytes]:
        reply = rdp_answer(said, params) or b""
        return [reply[:5], reply[5:]] if split else [reply]

    reading, wire = await probe(RDP, Answering(answer, then="silent"))
    assert (reading.outcome, [fact for _, fact in reading.facts]) == (Outcome.OK, [expected])
    assert (wire.connects, sent(wire)) == (1, 1)
    assert EventKind.TIMEOUT not in wire.transcript().kinds()  # closes as soon as the answer is whole


@pytest.mark.parametrize(("params", "expected"), SMB_CASES)
async def test_smb_dialect_is_told_by_one_request(params: SmbParams, expected: SmbDialect) -> None:
    reading, wire = await probe(SMB, Answering(lambda said: [smb_answer(said[4:], params) or b""], then="silent"))
    assert (reading.outcome, [fact for _, fact in reading.facts]) == (Outcome.OK, [expected])
    assert (wire.connects, sent(wire)) == (1, 1)
    assert EventKind.TIMEOUT not in wire.transcript().kinds()


@ALL
@pytest.mark.parametrize(
    ("peer", "outcome"),
    [
        (Unreachable(Outcome.REFUSED), Outcome.REFUSED),
        (Unreachable(Outcome.TIMEOUT), Outcome.TIMEOUT),
        (Scripted(then="silent"), Outcome.TIMEOUT),
        (Scripted(then="closed"), Outcome.PROTOCOL_ERROR),
        (Scripted(then="reset"), Outcome.PROTOCOL_ERROR),
        (Scripted(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Outcome.PROTOCOL_ERROR),
        (Scripted(*[b"\0"] * 40), Outcome.PROTOCOL_ERROR),
        (Scripted(b"\x03\0\xff\xff" + bytes(2 * MOST_BYTES), then="silent"), Outcome.PROTOCOL_ERROR),
    ],
)
async def test_anything_else_is_no_fact(scanner: Scanner, peer: Peer, outcome: Outcome) -> None:
    reading, wire = await probe(scanner, peer)
    assert (reading.outcome, reading.facts, wire.connects) == (outcome, (), 1)
    assert len(wire.transcript().received()) <= MOST_BYTES + 1 or outcome is Outcome.PROTOCOL_ERROR


def answers(scanner: Scanner) -> list[bytes]:
    """Give what real services answered in recordings in which the scanner found something."""
    stored = [Transcript.from_bytes(path.read_bytes()) for path in paths(scanner.id)]
    return [t.received() for t in stored if scanner.read(t).facts]


def fitted(scanner: Scanner, asked: bytes, said: bytes) -> bytes:
    """Make a recorded answer one to this request: OpenVPN names the caller's session."""
    return said[:16] + asked[3:11] + said[24:] if scanner is OPENVPN else said


@contextlib.asynccontextmanager
async def lab_service(scanner: Scanner) -> AsyncIterator[int]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = await reader.read(4096)
        writer.write(fitted(scanner, said, answers(scanner)[0]))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


@ALL
async def test_what_is_sent_is_what_is_declared(scanner: Scanner, tmp_path: Path) -> None:
    gate, rows = real_gate(tmp_path)
    async with lab_service(scanner) as port:
        _, reading = await through_gate(scanner, job(scanner.id, port), gate)
    assert reading.outcome is Outcome.OK
    packets = sum(row.packets for row in rows.rows if row.kind is Entry.SETTLE)
    assert 3 <= packets <= scanner.max_packets
    assert sum(row.kind is Entry.CONNECT for row in rows.rows) == 1


@ALL
async def test_a_server_that_drips_draws_no_more_than_is_declared(scanner: Scanner, tmp_path: Path) -> None:
    """Each piece is acknowledged; a dry run has to announce that, too."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            for byte in fitted(scanner, await reader.read(4096), answers(scanner)[0])[:-1] * 20:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.11)  # slower than our patience with who talks on while we close
            await reader.read()
        writer.close()

    gate, rows = real_gate(tmp_path)
    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    try:
        await through_gate(scanner, job(scanner.id, server.sockets[0].getsockname()[1]), gate)
    finally:
        server.close()
    packets = sum(row.packets for row in rows.rows if row.kind is Entry.SETTLE)
    assert 3 <= packets <= scanner.max_packets


@ALL
def test_only_the_usual_port_of_a_t2_device_is_asked(scanner: Scanner) -> None:
    port = PORTS[scanner.id]
    view = ServiceView(ip_address("192.0.2.1"), "tcp", port, Tier.T2)
    assert scanner.applies(view)
    assert not scanner.applies(replace(view, tier=Tier.T1))
    assert not scanner.applies(replace(view, transport="udp"))
    assert not scanner.applies(replace(view, port=8080, greeting=Greeting("silent", "", 0)))


@AFTER_LISTENING
def test_a_service_that_speaks_first_is_not_asked(scanner: Scanner) -> None:
    view = ServiceView(ip_address("2001:db8::1"), "tcp", PORTS[scanner.id], Tier.T2)
    assert scanner.applies(replace(view, greeting=Greeting("silent", "", 0)))
    assert not scanner.applies(replace(view, greeting=Greeting("unknown", "hello", 5)))


@ALL
async def test_a_recorded_answer_is_whole_at_its_last_byte_alone(scanner: Scanner) -> None:
    for said in answers(scanner):

        def in_pieces(asked: bytes, said: bytes = said) -> list[bytes]:
            whole = fitted(scanner, asked, said)
            return [whole[:-2], whole[-2:-1], whole[-1:]]

        peer = Answering(in_pieces, then="silent")
        reading, wire = await probe(scanner, peer)
        assert (reading.outcome, len(reading.facts), sent(wire)) == (Outcome.OK, 1, 1)
        assert EventKind.TIMEOUT not in wire.transcript().kinds()


@ALL
@given(data=st.data())
def test_reading_is_total(scanner: Scanner, data: st.DataObject) -> None:
    whole = answers(scanner)
    stored = data.draw(transcripts(scanner.id, whole))
    assert {type(fact) for _, fact in scanner.read(stored).facts} <= set(scanner.yields)
