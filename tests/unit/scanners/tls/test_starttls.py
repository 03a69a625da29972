"""Mail and file services that begin in clear text: the dialogue, and TLS behind it judged as any other."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.tls.probe import SCANNER
from scanners.tls.starttls import LINES, MOST_BYTES, Stage, follow, read_connection
from sekisho.model.attempts import Outcome
from sekisho.model.facts import CertificateChain, TlsClientAuth, TlsVersions
from sekisho.model.ledger import Entry
from sekisho.model.observations import Reading
from sekisho.model.tls_facts import TlsSuites
from sekisho.model.transcript import EventKind, Transcript
from tests.unit.scanners.fakes import FakeWire, Loopback, Peer, Scripted, job
from tests.unit.scanners.golden import transcript
from tests.unit.scanners.ports.real_gate import real_gate, through_gate
from tests.unit.scanners.servers import context
from tests.unit.scanners.strategies import transcripts
from tests.unit.scanners.tls.test_probe import fact, probe

V = ssl.TLSVersion
GREETINGS = {
    "smtp": b"220-mx.example.jp\r\n220 ESMTP Postfix\r\n",
    "ftp": b"220 ready\r\n",
    "imap": b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] Dovecot ready.\r\n",
    "pop3": b"+OK ready\r\n",
    "mysql": transcript("greeting", "mariadb-tls").received(),
    "postgresql": b"",
    "ldap": b"",
    "rdp": b"",
}
MARIADB_WITHOUT_TLS = transcript("greeting", "mariadb").received()
MYSQL_REFUSES = b"\x45\x00\x00\x00\xffj\x04Host '192.0.2.9' is not allowed to connect to this MySQL server"
REPLIES = {
    "smtp": (
        b"250-mx.example.jp\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250 8BITMIME\r\n",
        b"220 2.0.0 Ready to start TLS\r\n",
    ),
    "ftp": (b"234 AUTH TLS successful\r\n",),
    "imap": (b"* NOTICE hello\r\na1 OK Begin TLS negotiation now.\r\n",),
    "pop3": (b"+OK Begin TLS negotiation now.\r\n",),
    "mysql": (b"",),
    "postgresql": (b"S",),
    "ldap": (bytes.fromhex("300c02010178070a010004000400"),),
    "rdp": (bytes.fromhex("030000130ed00000123400021f080002000000"),),  # chose CredSSP, which runs inside TLS
}
"""What a good service says to each of LINES."""


def served(protocol: str) -> bytes:
    """Give everything a good service says before TLS."""
    return GREETINGS[protocol] + b"".join(REPLIES[protocol])


class _Server(socketserver.ThreadingTCPServer):
    """Serves a protocol that moves to TLS; takes no byte more than a message before TLS begins."""

    daemon_threads = True
    protocol: str
    tls: ssl.SSLContext


class _Dialogue(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        protocol = self.server.protocol
        with contextlib.suppress(OSError):
            self.request.sendall(GREETINGS[protocol])
            for line, reply in zip(LINES[protocol], REPLIES[protocol], strict=True):
                if self.request.recv(len(line), socket.MSG_WAITALL) != line:
                    return
                self.request.sendall(reply)
            with self.server.tls.wrap_socket(self.request, server_side=True) as inside:
                inside.recv(1)


@contextlib.asynccontextmanager
async def serve(protocol: str, tls: ssl.SSLContext) -> AsyncIterator[int]:
    """Serve on a free port."""
    with _Server(("127.0.0.1", 0), _Dialogue) as server:
        server.protocol, server.tls = protocol, tls
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()


async def ask(protocol: str, *peers: Peer) -> tuple[Reading, FakeWire]:
    return await probe(25, *peers, options={"greeting": protocol})


@pytest.mark.parametrize("protocol", sorted(LINES))
async def test_tls_behind_a_dialogue_is_seen_as_any_other(protocol: str) -> None:
    async with serve(protocol, context("rsa", versions=(V.TLSv1_2, V.TLSv1_3))) as port:
        reading, wire = await probe(port, options={"greeting": protocol, "names": ["mx.example.jp"]})
    versions = fact(reading, TlsVersions)
    assert reading.outcome is Outcome.OK
    assert versions.accepted == {"tls1.2", "tls1.3"}
    assert versions.refused == {"ssl2", "ssl3", "tls1.0", "tls1.1"}
    assert fact(reading, CertificateChain).chain[0].common_name == "ehr.example.jp"
    assert fact(reading, CertificateChain).sni == "mx.example.jp"
    assert fact(reading, TlsClientAuth).requested is False
    assert {v.version for v in fact(reading, TlsSuites).versions} == versions.accepted
    for conn in wire.transcript().connections():
        sent = [e.data for e in wire.transcript().events if e.conn == conn and e.kind is EventKind.SENT]
        assert tuple(sent[: len(LINES[protocol])]) == LINES[protocol]


async def test_an_old_version_behind_a_dialogue_is_seen() -> None:
    async with serve("smtp", context("rsa", versions=(V.TLSv1, V.TLSv1_2), ciphers="ALL:@SECLEVEL=0")) as port:
        reading, _ = await probe(port, options={"greeting": "smtp"})
    assert fact(reading, TlsVersions).accepted == {"tls1.0", "tls1.1", "tls1.2"}


NO_TLS = b"250-mx.example.jp\r\n250 8BITMIME\r\n"


@pytest.mark.parametrize(
    ("protocol", "said", "sent"),
    [
        ("smtp", (GREETINGS["smtp"], NO_TLS), LINES["smtp"][:1]),
        ("smtp", (GREETINGS["smtp"], b"502 what?\r\n"), LINES["smtp"][:1]),
        ("smtp", (GREETINGS["smtp"], REPLIES["smtp"][0], b"554 not now\r\n"), LINES["smtp"]),
        ("ftp", (GREETINGS["ftp"], b"502 AUTH not supported.\r\n"), LINES["ftp"]),
        ("imap", (GREETINGS["imap"], b"a1 BAD unknown\r\n"), LINES["imap"]),
        ("imap", (b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n",), ()),
        ("pop3", (GREETINGS["pop3"], b"-ERR what\r\n"), LINES["pop3"]),
        ("mysql", (MARIADB_WITHOUT_TLS,), ()),
        ("postgresql", (b"N",), LINES["postgresql"]),
        ("ldap", (bytes.fromhex("300c02010178070a010204000400"),), LINES["ldap"]),
        ("rdp", (bytes.fromhex("030000130ed000001234000300080002000000"),), LINES["rdp"]),
        ("rdp", (bytes.fromhex("0300000b06d00000123400"),), LINES["rdp"]),
    ],
)
async def test_a_service_without_tls_is_asked_once(
    protocol: str, said: tuple[bytes, ...], sent: tuple[bytes, ...]
) -> None:
    peer = Scripted(*said, then="silent")
    reading, wire = await ask(protocol, peer)
    assert (reading.outcome, reading.facts, wire.connects) == (Outcome.OK, (), 1)
    assert tuple(peer.sent) == sent
    assert "without TLS" in reading.detail


@pytest.mark.parametrize(
    ("said", "then", "outcome"),
    [
        ((b"554 go away\r\n",), "closed", Outcome.PROTOCOL_ERROR),
        ((GREETINGS["smtp"], REPLIES["smtp"][0], b"454 TLS not available\r\n"), "closed", Outcome.PROTOCOL_ERROR),
        ((GREETINGS["smtp"],), "closed", Outcome.PROTOCOL_ERROR),
        ((GREETINGS["smtp"],), "reset", Outcome.PROTOCOL_ERROR),
        ((GREETINGS["smtp"], b"250-mx"), "silent", Outcome.TIMEOUT),
        ((), "silent", Outcome.TIMEOUT),
        ((GREETINGS["smtp"], *[b"250-x\r\n"] * 40), "closed", Outcome.PROTOCOL_ERROR),
        ((GREETINGS["smtp"], b"250-" + b"x" * MOST_BYTES), "closed", Outcome.PROTOCOL_ERROR),
    ],
)
async def test_a_dialogue_that_breaks_says_nothing_about_tls(
    said: tuple[bytes, ...], then: str, outcome: Outcome
) -> None:
    reading, wire = await ask("smtp", Scripted(*said, then=then))
    assert (reading.outcome, wire.connects) == (outcome, 1)
    assert not any(isinstance(f, TlsVersions) and (f.accepted or f.refused) for _, f in reading.facts)


@pytest.mark.parametrize(
    ("protocol", "said"),
    [
        ("mysql", MYSQL_REFUSES),
        ("postgresql", b"EFATAL"),
        ("ldap", b"HTTP/1.1 400"),
        ("rdp", b"\x03\0\0\x0b\x06\x80\0\0\0\0\0"),
        ("mysql", b"\0" * 40),
    ],
)
async def test_a_database_that_answers_otherwise_says_nothing_about_tls(protocol: str, said: bytes) -> None:
    reading, wire = await ask(protocol, Scripted(said))
    assert (reading.outcome, wire.connects) == (Outcome.PROTOCOL_ERROR, 1)
    assert not any(isinstance(f, TlsVersions) and (f.accepted or f.refused) for _, f in reading.facts)


async def test_a_limit_in_the_middle_of_a_job_is_no_refusal() -> None:
    limit = Scripted(b"421 4.7.0 too many connections\r\n", then="closed")
    async with serve("smtp", context("rsa", versions=(V.TLSv1_2,))) as port:
        reading, wire = await probe(port, Loopback(), limit, options={"greeting": "smtp"})
    versions = fact(reading, TlsVersions)
    assert versions.accepted == {"tls1.2"}
    assert versions.refused == {"tls1.3"}  # the first hello offered both
    assert wire.connects == 2
    assert dict(versions.not_offered).keys() == versions.untried == {"tls1.0", "tls1.1", "ssl2", "ssl3"}


async def test_smtp_stays_within_what_is_declared(tmp_path: Path) -> None:
    gate, rows = real_gate(tmp_path)
    async with serve("smtp", context("rsa")) as port:
        _, reading = await through_gate(SCANNER, job("tls", port, options={"greeting": "smtp"}), gate)
    assert fact(reading, TlsVersions).accepted == {"tls1.2", "tls1.3"}
    packets = sum(row.packets for row in rows.rows if row.kind is Entry.SETTLE)
    assert 0 < packets <= SCANNER.max_packets


@pytest.mark.parametrize("protocol", sorted(LINES))
def test_a_dialogue_ends_where_tls_begins_however_it_is_cut(protocol: str) -> None:
    whole = served(protocol)
    for cut in range(len(whole)):
        assert follow(protocol, whole[:cut]).stage is Stage.WAITING
    found = follow(protocol, whole + b"\x16\x03\x03\n220 x\r\n")
    assert (found.stage, found.end, found.good) == (Stage.READY, len(whole), len(LINES[protocol]) + 1)


@given(st.sampled_from(sorted(LINES)), st.binary(max_size=400), st.booleans())
def test_following_is_total(protocol: str, noise: bytes, after_greeting: bool) -> None:
    received = (GREETINGS[protocol] if after_greeting else b"") + noise
    found = follow(protocol, received)
    assert 0 <= found.end <= len(received)
    assert 0 <= found.good <= len(LINES[protocol]) + 1
    assert read_connection(protocol, b"".join(LINES[protocol]), received, {}).version == ""


@given(transcripts("tls", [served("smtp"), b"".join(LINES["smtp"]), b"\x15\x03\x03\x00\x02\x02\x46"], []))
def test_reading_is_total_behind_a_dialogue(stored: Transcript) -> None:
    SCANNER.read(replace(stored, options={"greeting": "smtp"}))
