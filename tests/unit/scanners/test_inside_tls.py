"""Scanners that ask inside TLS: real TLS servers that answer as recorded, scripted peers, and the real gate."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.exchange import MOST_BYTES
from scanners.greeting_tls.parse import is_whole, parse_greeting
from scanners.greeting_tls.probe import SCANNER as GREETING
from scanners.ldap_tls.probe import SCANNER as LDAP
from scanners.redis_tls.probe import SCANNER as REDIS
from scanners.tls.transport import TLS_FAILED
from sekisho.gate.wire import ConnectFailed
from sekisho.model.attempts import Outcome
from sekisho.model.database_facts import RedisAnswer
from sekisho.model.facts import Fact, Greeting, TlsVersions
from sekisho.model.ledger import Entry
from sekisho.model.observations import Reading
from sekisho.model.service_facts import LdapRoot
from sekisho.model.services import ServiceView
from sekisho.model.subjects import Subject
from sekisho.model.tiers import Tier
from sekisho.model.transcript import EventKind, Transcript
from sekisho.registry import Scanner
from tests.unit.scanners import servers
from tests.unit.scanners.fakes import FakeWire, Loopback, Peer, Scripted, Unreachable, job
from tests.unit.scanners.golden import transcript
from tests.unit.scanners.ports.real_gate import real_gate, through_gate
from tests.unit.scanners.strategies import transcripts

V = ssl.TLSVersion
LDAP_ANSWER = transcript("ldap", "openldap").received()
BANNER = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Dovecot (Debian) ready.\r\n"
SAID = {LDAP.id: LDAP_ANSWER, REDIS.id: b"-NOAUTH Authentication required.\r\n", GREETING.id: BANNER}
FOUND: dict[str, Fact] = {
    LDAP.id: LdapRoot(0, "", "", "", ("dc=example,dc=jp",), offers_tls=False, tls=True),
    REDIS.id: RedisAnswer("log_in"),
    GREETING.id: Greeting("imaps", BANNER.decode().strip(), len(BANNER)),
}
PORTS = {LDAP.id: 636, REDIS.id: 6379, GREETING.id: 993}
ALL = pytest.mark.parametrize("scanner", [LDAP, REDIS, GREETING], ids=lambda s: s.id)
TLS = TlsVersions(frozenset({"tls1.2"}), frozenset(), frozenset())
NO_TLS = TlsVersions(frozenset(), frozenset({"tls1.2"}), frozenset())


def answering(scanner: Scanner, said: bytes) -> servers.Talk:
    """Make a service that waits for its client, unless it greets."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if scanner is not GREETING:
                await reader.readexactly(1)
            writer.write(said)
            await reader.read()
        writer.close()

    return talk


async def probe(scanner: Scanner, port: int, *peers: Peer, address: str = "127.0.0.1") -> tuple[Reading, FakeWire]:
    given_job = job(scanner.id, port, options={"names": ["dc1.byoin.example.jp"]}, address=address)
    wire = FakeWire(given_job, *(peers or (Loopback(),)), timeout_s=0.5)
    with contextlib.suppress(ConnectFailed):
        await scanner.run(wire.job, wire)
    return scanner.read(Transcript.from_bytes(wire.transcript().to_bytes())), wire


def plain(wire: FakeWire, kind: EventKind) -> list[bytes]:
    return [e.data for e in wire.transcript().events if e.kind is kind]


@ALL
@pytest.mark.parametrize("version", [V.TLSv1, V.TLSv1_2, V.TLSv1_3])
async def test_one_payload_inside_one_connection_tells_what_it_is(scanner: Scanner, version: V) -> None:
    made = servers.context(versions=(version, version), ciphers="ALL:@SECLEVEL=0")
    async with servers.serve(answering(scanner, SAID[scanner.id]), tls=made) as port:
        reading, wire = await probe(scanner, port)
    assert (reading.outcome, [fact for _, fact in reading.facts]) == (Outcome.OK, [FOUND[scanner.id]])
    assert wire.connects == 1
    assert len(plain(wire, EventKind.PLAIN_SENT)) == (0 if scanner is GREETING else 1)
    assert plain(wire, EventKind.PLAIN_RECEIVED) == [SAID[scanner.id]]


@ALL
async def test_over_ipv6(scanner: Scanner) -> None:
    server = await asyncio.start_server(answering(scanner, SAID[scanner.id]), "::1", 0, ssl=servers.context())
    try:
        reading, _ = await probe(scanner, server.sockets[0].getsockname()[1], address="::1")
    finally:
        server.close()
    assert [fact for _, fact in reading.facts] == [FOUND[scanner.id]]


@ALL
async def test_the_first_declared_name_is_sent_as_server_name(scanner: Scanner) -> None:
    asked: list[str | None] = []
    made = servers.context()
    made.sni_callback = lambda _socket, name, _context: asked.append(name)
    async with servers.serve(answering(scanner, SAID[scanner.id]), tls=made) as port:
        await probe(scanner, port)
    assert asked == ["dc1.byoin.example.jp"]


@ALL
async def test_a_demanded_client_certificate_is_no_crash_and_no_fact(scanner: Scanner) -> None:
    made = servers.context(client=ssl.CERT_REQUIRED, versions=(V.TLSv1_2, V.TLSv1_2))
    async with servers.serve(answering(scanner, SAID[scanner.id]), tls=made) as port:
        reading, _ = await probe(scanner, port)
    assert (reading.outcome, reading.facts) == (Outcome.PROTOCOL_ERROR, ())
    assert reading.detail.startswith(TLS_FAILED)


@ALL
@pytest.mark.parametrize("version", [V.TLSv1_2, V.TLSv1_3])
async def test_who_merely_asks_for_a_client_certificate_is_heard(scanner: Scanner, version: V) -> None:
    made = servers.context(client=ssl.CERT_OPTIONAL, versions=(version, version))
    with servers.serve_openssl(made, SAID[scanner.id]) as port:
        reading, _ = await probe(scanner, port)
    assert (reading.outcome, [fact for _, fact in reading.facts]) == (Outcome.OK, [FOUND[scanner.id]])


async def test_silence_inside_tls_is_no_fault_of_tls() -> None:
    async with servers.serve(answering(GREETING, b""), tls=servers.context()) as port:
        reading, _ = await probe(GREETING, port)
    assert (reading.outcome, reading.facts, reading.detail) == (Outcome.TIMEOUT, (), "")


@ALL
@pytest.mark.parametrize(
    ("peer", "outcome"),
    [
        (Unreachable(Outcome.REFUSED), Outcome.REFUSED),
        (Unreachable(Outcome.HOST_GONE), Outcome.HOST_GONE),
        (Scripted(then="silent"), Outcome.TIMEOUT),
        (Scripted(then="closed"), Outcome.PROTOCOL_ERROR),
        (Scripted(then="reset"), Outcome.PROTOCOL_ERROR),
        (Scripted(b"+OK clear text\r\n"), Outcome.PROTOCOL_ERROR),
        (Scripted(*[b"\x16"] * 400, then="silent"), Outcome.PROTOCOL_ERROR),
    ],
)
async def test_anything_else_is_no_fact(scanner: Scanner, peer: Peer, outcome: Outcome) -> None:
    reading, wire = await probe(scanner, PORTS[scanner.id], peer)
    assert (reading.outcome, reading.facts, wire.connects) == (outcome, (), 1)
    assert plain(wire, EventKind.PLAIN_RECEIVED) == []


@ALL
async def test_another_protocol_inside_tls_is_no_fact_of_this_one(scanner: Scanner) -> None:
    async with servers.serve(servers.send(b"\x00\x01\x02\x03" * 400), tls=servers.context()) as port:
        reading, _ = await probe(scanner, port)
    if scanner is GREETING:  # what only answers says nothing to who listens
        assert (reading.outcome, reading.facts) == (Outcome.TIMEOUT, ())
    else:
        assert (reading.outcome, reading.facts) == (Outcome.PROTOCOL_ERROR, ())


@ALL
async def test_a_server_that_never_stops_is_left_at_the_limit(scanner: Scanner, tmp_path: Path) -> None:
    endless = {LDAP.id: b"\x30\x84\x7f\xff\xff\xff", REDIS.id: b"+", GREETING.id: b"220-"}[scanner.id]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(endless + b"x" * 2**20)
            await writer.drain()
            await reader.read()
        writer.close()

    gate, rows = real_gate(tmp_path)
    async with servers.serve(talk, tls=servers.context()) as port:
        wire, _ = await through_gate(scanner, job(scanner.id, port), gate)
    stored = wire.transcript(scanner.id, 1)
    assert sum(len(e.data) for e in stored.events if e.kind is EventKind.PLAIN_RECEIVED) <= MOST_BYTES
    assert sum(row.packets for row in rows.rows if row.kind is Entry.SETTLE) <= scanner.max_packets


@ALL
@pytest.mark.parametrize("version", [V.TLSv1_2, V.TLSv1_3])
async def test_what_is_sent_is_what_is_declared(scanner: Scanner, version: V, tmp_path: Path) -> None:
    gate, rows = real_gate(tmp_path)
    talk = answering(scanner, SAID[scanner.id])
    async with servers.serve(talk, tls=servers.context(versions=(version, version))) as port:
        _, reading = await through_gate(scanner, job(scanner.id, port), gate)
    assert reading.outcome is Outcome.OK
    packets = sum(row.packets for row in rows.rows if row.kind is Entry.SETTLE)
    assert 7 <= packets <= 20  # of the declared 45
    assert sum(row.kind is Entry.CONNECT for row in rows.rows) == 1


@contextlib.asynccontextmanager
async def dripping(port: int) -> AsyncIterator[int]:
    """Stand before a TLS server and hand on what it says byte by byte."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", port)

        async def drip() -> None:
            with contextlib.suppress(ConnectionError):
                while said := await inner.read(1):
                    writer.write(said)
                    await asyncio.sleep(0.05)

        dropping = asyncio.create_task(drip())
        with contextlib.suppress(ConnectionError):
            while asked := await reader.read(4096):
                outer.write(asked)
        dropping.cancel()
        outer.close()
        writer.close()

    async with servers.serve(talk) as between:
        yield between


@ALL
async def test_a_server_that_drips_draws_no_more_than_is_declared(scanner: Scanner, tmp_path: Path) -> None:
    gate, rows = real_gate(tmp_path)
    talk = answering(scanner, SAID[scanner.id])
    async with servers.serve(talk, tls=servers.context()) as port, dripping(port) as between:
        _, reading = await through_gate(scanner, job(scanner.id, between), gate)
    assert (reading.outcome, reading.facts) == (Outcome.PROTOCOL_ERROR, ())
    assert reading.detail == f"{TLS_FAILED}in too many pieces"
    packets = sum(row.packets for row in rows.rows if row.kind is Entry.SETTLE)
    assert 20 <= packets <= scanner.max_packets


@ALL
def test_only_where_tls_was_proved_at_its_usual_port(scanner: Scanner) -> None:
    view = ServiceView(ip_address("2001:db8::1"), "tcp", PORTS[scanner.id], Tier.T2, tls=TLS)
    assert scanner.applies(view)
    assert scanner.applies(replace(view, greeting=Greeting("silent", "", 0)))
    for other in (
        replace(view, tls=None), replace(view, tls=NO_TLS), replace(view, tier=Tier.T1), replace(view, port=443),
        replace(view, transport="udp"), replace(view, greeting=Greeting("imap", "* OK", 4)),
    ):  # fmt: skip
        assert not scanner.applies(other)


@pytest.mark.parametrize(
    ("port", "said", "protocol"),
    [
        (465, b"220 mail.example.jp ESMTP Postfix\r\n", "smtps"), (465, b"220 welcome\r\n", "smtps"),
        (990, b"220 (vsFTPd 3.0.3)\r\n", "ftps"), (990, b"220 welcome\r\n", "ftps"),
        (993, BANNER, "imaps"), (995, b"+OK Dovecot ready.\r\n", "pop3s"), (993, b"SSH-2.0-x\r\n", "unknown"),
        (993, b"\xff\xfb\x01login: ", "unknown"), (4000, b"220 welcome\r\n", "unknown"),
    ],
)  # fmt: skip
def test_a_greeting_is_named_by_its_words_and_its_port(port: int, said: bytes, protocol: str) -> None:
    assert parse_greeting(said, port).protocol == protocol
    assert parse_greeting(said, port).raw_bytes == len(said)


def test_listening_ends_with_the_first_line_of_a_known_protocol() -> None:
    assert is_whole(BANNER, 993)
    assert not is_whole(BANNER[:-2], 993)
    assert is_whole(b"x" * MOST_BYTES, 993)


def test_a_subject_that_is_no_service_is_no_answer() -> None:
    stored = replace(transcript("greeting", "ftp"), subject=Subject("host:192.0.2.1"))
    assert GREETING.read(stored).outcome is Outcome.TOOL_ERROR


@ALL
@given(data=st.data())
def test_reading_is_total(scanner: Scanner, data: st.DataObject) -> None:
    stored = data.draw(transcripts(scanner.id, [SAID[scanner.id]], [f"{TLS_FAILED}silent"]))
    assert {type(fact) for _, fact in scanner.read(stored).facts} <= set(scanner.yields)
