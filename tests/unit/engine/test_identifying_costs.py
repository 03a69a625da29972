"""What identifying costs: two connections a port and one payload a connection, whatever stands there.

Counted from what was recorded of every scanner but those of the port itself (found open by one connect) and of lists:
TLS versions, suites and names, SSH algorithms and keys. A payload is all that we say before the peer says something;
the handshake of a TLS session that carries it, and what moves a connection to TLS, is none.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lab.devices.registry import kinds
from sekisho.model.attempts import Outcome
from sekisho.model.ledger import Entry
from sekisho.model.transcript import EventKind, Transcript
from sekisho.registry import Scanner, Stage
from tests.property.paces import lab
from tests.unit.engine.scanners import HOSTS, PATIENT, Ward, ward
from tests.unit.engine.test_real_services import SHIPPED, device

pytestmark = pytest.mark.timeout(120)
LISTS = frozenset({"tls", "ssh"})
SPOKEN_FIRST = frozenset({
    "ftp", "vnc", "ssh", "dicom", "ports", "nmap", "ldap-tls", "redis-tls", "greeting-tls", "http-further", "sstp",
})  # fmt: skip
"""Those that a silent service never meets: they follow a greeting, a page or TLS, find ports, or need a consent."""
MOST_CONNECTIONS, MOST_PAYLOADS = 2, 1
_SERVED = (name for name, kind in kinds().items() if kind.serve is not None and "tcp" in kind.transports)
IMITATED = sorted(name for name in _SERVED if name != "open_everywhere")  # it needs nft; its like stands below
PARAMS: dict[str, dict[str, Any]] = {
    "ftp": {"banner": "x FTP ready", "auth_tls": {"versions": ["tls1.2"]}},
    "smtp": {"banner": "x SMTP ready", "starttls": {"versions": ["tls1.2"]}},
}
ASKED_BY_NAME = (21, 22, 23, 25, 80, 389, 443, 445, 636, 990, 1194, 1433, 1723, 3000, 3306, 3389, 5432, 5900, 5986,
                 6379, 8080, 8443, 9443, 26379, 2181, 4899, 9042, 11211, 27017)  # fmt: skip
"""Ports at which a scanner speaks first, or treats what it meets in a way of its own."""
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to listen below 1024")
INSIDE_TLS = (636, 2181, 4899, 5986, 6379, 6380, 6432, 8443, 9042, 11211, 26379, 27017)
"""Of those, and beside them, where TLS may stand in the place of what is asked for."""


def payloads(transcript: Transcript, conn: int) -> int:
    """Count how often we began to speak on a connection; inside TLS what stands within counts, and nothing else."""
    events = [e for e in transcript.events if e.conn == conn]
    inside = any(e.kind is EventKind.PLAIN_SENT for e in events)
    if transcript.options.get("tls") and not inside:
        return 0
    ours = EventKind.PLAIN_SENT if inside else EventKind.SENT
    theirs = EventKind.PLAIN_RECEIVED if inside else EventKind.RECEIVED
    turns = [e.kind for e in events if e.kind in {ours, theirs}]
    return sum(kind is ours and (not at or turns[at - 1] is theirs) for at, kind in enumerate(turns))


def costs(room: Ward) -> tuple[Counter[int], int]:
    """Give the connections that identified, by port, and the most payloads on one of them."""
    by_id = {s.id: s for s in SHIPPED}
    connections: Counter[int] = Counter()
    most = 0
    for record in room.journal.recorded("run"):
        attempt = record.attempt
        scanner: Scanner | None = by_id.get(attempt.scanner)
        if scanner is None or scanner.stage <= Stage.PORTS or scanner.id in LISTS or not attempt.evidence:
            continue
        if not attempt.subject.startswith("service:") or "/tcp/" not in attempt.subject:
            continue
        transcript = Transcript.from_bytes(room.journal.evidence.get(attempt.evidence[0]))
        port = int(attempt.subject.rsplit("/", 1)[1])
        connections[port] += len(transcript.connections())
        most = max([most, *(payloads(transcript, conn) for conn in transcript.connections())])
    return connections, most


async def surveyed(folder: Path, ports: Sequence[int]) -> Ward:
    """Survey some ports with every shipped scanner."""
    pace: Any = lab(
        t1_ports=tuple(ports), t2_ports=(), read_timeout_s=0.3, budget=(None, None, None), tls="quick",
        connection_s=2.0, job_s=4.0,
    )  # fmt: skip
    room = ward(folder, (HOSTS, *SHIPPED), pace=pace)
    await room.survey()
    return room


def hold(room: Ward, ports: Sequence[int]) -> None:
    """Assert the rule, and that the ledger knows of every connection that was counted."""
    connections, most = costs(room)
    assert max(connections.values(), default=0) <= MOST_CONNECTIONS
    assert most <= MOST_PAYLOADS
    rows = [r for r in room.journal.ledger.rows("run") if r.kind is Entry.CONNECT and r.transport == "tcp"]
    identifying = [r for r in rows if r.job.split("|")[1] not in {"ports", *LISTS}]
    assert Counter(r.port for r in identifying) == connections
    assert {r.port for r in rows} >= set(ports)


@pytest.mark.parametrize("kind", IMITATED)
async def test_whatever_kind_of_device_stands_at_a_port_nobody_knows(tmp_path: Path, kind: str) -> None:
    async with device(tmp_path, kind, PARAMS.get(kind, {})) as port:
        room = await surveyed(tmp_path, (port,))
    hold(room, (port,))
    room.close()


@ROOT
@pytest.mark.parametrize("params", [{}, {"client_auth": "require"}], ids=["silent inside", "demands a certificate"])
async def test_tls_where_another_protocol_is_asked_for_in_clear(tmp_path: Path, params: dict[str, Any]) -> None:
    """Who asked in clear has listened before, or leaves one connection to whom asks inside TLS."""
    for port in INSIDE_TLS:
        folder = tmp_path / str(port)
        folder.mkdir()
        async with device(folder, "tls", params, port=port):
            room = await surveyed(folder, (port,))
        hold(room, (port,))
        assert "tls" in {s for s, _, outcome in room.attempts() if outcome is Outcome.OK}, "there is TLS to ask inside"
        room.close()


@contextlib.asynccontextmanager
async def everywhere(ports: Sequence[int], greeting: bytes, answer: bytes, then: str) -> AsyncIterator[None]:
    """Stand at all these ports: greet, answer whatever is said with one and the same, then close, reset or stay."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(greeting)
            while await reader.read(4096):
                writer.write(answer)
                await writer.drain()
                if then != "stays":
                    break
        if then == "resets":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    servers = [await asyncio.start_server(talk, str(PATIENT), port) for port in ports]
    try:
        yield
    finally:
        for server in servers:
            server.close()


FTP = b"220 x FTP ready\r\n"
FEATURES = b"211-Features:\r\n AUTH TLS\r\n211 End\r\n"
RFB = b"RFB 003.008\n"
WORDS = st.sampled_from([
    b"", FTP, FEATURES, RFB, b"SSH-2.0-x\r\n", b"\xff\xfb\x01", b"* OK IMAP4rev1\r\n", b"+OK POP3\r\n", b"N", b"S",
    b"HTTP/1.1 400 Bad Request\r\n\r\nuse https", b"-DENIED Redis is running in protected mode", b"+PONG\r\n",
    b"\x15\x03\x03\x00\x02\x02\x28", b"\x03\x00\x00\x13\x0e\xd0\0\0\x12\x34\0\x02\0\x08\0\x02\0\0\0",
])  # fmt: skip
TRIED = {Outcome.OK, Outcome.PROTOCOL_ERROR, Outcome.TIMEOUT}
THEN = st.sampled_from(["closes", "resets", "stays"])


@ROOT
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(greeting=WORDS, answer=st.one_of(WORDS, st.binary(max_size=40)), then=THEN)
@example(greeting=FTP, answer=FEATURES, then="stays")
@example(greeting=RFB, answer=b"\x01\x02", then="stays")
@example(greeting=b"", answer=b"", then="stays")
async def test_whatever_is_said_at_the_ports_that_scanners_know(
    tmp_path_factory: pytest.TempPathFactory, greeting: bytes, answer: bytes, then: str
) -> None:
    asked: set[str] = set()
    for ports in (ASKED_BY_NAME[n : n + 8] for n in range(0, len(ASKED_BY_NAME), 8)):
        async with everywhere(ports, greeting, answer, then):
            room = await surveyed(tmp_path_factory.mktemp("said"), ports)
        hold(room, ports)
        asked |= {
            s for s, _, outcome in room.attempts() if outcome in {Outcome.OK, Outcome.PROTOCOL_ERROR, Outcome.TIMEOUT}
        }
        room.close()
    if not greeting and not answer:
        waiting = {s.id for s in SHIPPED if s.transport == "tcp" and s.max_connections and s.id not in SPOKEN_FIRST}
        assert waiting <= asked, "every scanner that speaks first was there to be counted"


@ROOT
@pytest.mark.parametrize(
    ("greeting", "answer"),
    [(b"", b""), (FTP, FTP), (b"", b"HTTP/1.1 200 OK\r\n\r\n")],
    ids=["accepts and says nothing", "greets everywhere", "HTTP to anything"],
)
async def test_a_device_that_answers_everywhere_stays_bounded(tmp_path: Path, greeting: bytes, answer: bytes) -> None:
    async with everywhere(ASKED_BY_NAME, greeting, answer, "stays"):
        room = await surveyed(tmp_path, ASKED_BY_NAME)
    assert costs(room) == (Counter(), 0), "every asked port accepts: something answers in the host's place"
    connects = [r.port for r in room.journal.ledger.rows("run") if r.kind is Entry.CONNECT]
    assert sorted(connects) == sorted(ASKED_BY_NAME), "each port once, to find it open"
    assert [r for r in room.journal.ledger.rows("run") if r.kind is Entry.PAYLOAD] == []
    room.close()


@ROOT
async def test_one_closed_port_among_many_open_ones_costs_what_its_services_cost(tmp_path: Path) -> None:
    """A device that is open nearly everywhere is believed, port by port, and costs two connections for each."""
    open_ports = ASKED_BY_NAME[1:]  # the closed one is asked in the same round as most of the others
    async with everywhere(open_ports, b"", b"", "stays"):
        room = await surveyed(tmp_path, ASKED_BY_NAME)
    hold(room, open_ports)
    connections, _ = costs(room)
    assert set(connections) <= set(open_ports)
    assert sum(connections.values()) > len(open_ports) / 2, "they were looked at"
    room.close()
