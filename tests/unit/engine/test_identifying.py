"""What is asked of services that wait for their client: at most two connections each, and nothing foreign."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from ssl import TLSVersion

import pytest

from lab.devices.remote_control import GREETINGS
from sekisho.inventory.services import protocol_of
from sekisho.model.facts import TlsVersions
from sekisho.model.ledger import Entry
from tests.unit.engine.scanners import PATIENT
from tests.unit.engine.test_real_services import asked, surveyed
from tests.unit.scanners import servers
from tests.unit.scanners.golden import transcript

pytestmark = pytest.mark.timeout(60)


def recorded(scanner: str, name: str) -> bytes:
    return transcript(scanner, name).received()


@contextlib.asynccontextmanager
async def answering(port: int, greeting: bytes, answer: bytes) -> AsyncIterator[None]:
    """Greet, then give one answer to whatever is said first on a connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(greeting)
            if await reader.read(4096):
                writer.write(answer)
                await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, str(PATIENT), port)
    try:
        yield
    finally:
        server.close()


VNC = recorded("vnc", "password")


@pytest.mark.parametrize(
    ("port", "greeting", "answer", "protocol", "order"),
    [
        (5432, b"", b"N", "postgresql", ["greeting", "postgresql"]),
        (6379, b"", b"+PONG\r\n", "redis", ["redis"]),
        (6379, recorded("greeting", "redis-protected"), b"", "redis", ["redis"]),
        (11211, b"", recorded("memcached", "open"), "memcached", ["greeting", "memcached"]),
        (27017, b"", recorded("mongodb", "standalone"), "mongodb", ["greeting", "mongodb"]),
        (1433, b"", recorded("mssql", "off"), "mssql", ["greeting", "mssql"]),
        (2181, b"", recorded("zookeeper", "standalone"), "zookeeper", ["greeting", "zookeeper"]),
        (4899, b"", recorded("radmin", "three"), "radmin", ["greeting", "radmin"]),
        (5938, GREETINGS["teamviewer"], b"", "teamviewer", ["greeting"]),
        (6783, GREETINGS["splashtop"], b"", "splashtop", ["greeting"]),
        (6129, GREETINGS["dameware"], b"", "dameware", ["greeting"]),
        (9042, b"", recorded("cassandra", "supported"), "cassandra", ["greeting", "cassandra"]),
        (1723, b"", recorded("pptp", "pptpd"), "pptp", ["greeting", "pptp"]),
        (389, b"", recorded("ldap", "openldap"), "ldap", ["ldap"]),
        (3306, recorded("greeting", "mariadb"), b"", "mysql", ["greeting"]),
        (5900, VNC[:12], VNC[12:], "vnc", ["greeting", "vnc"]),
        (1194, b"", b"", "", ["greeting", "openvpn-tcp", "ports"]),  # a last look, since nothing was said
    ],
)
async def test_two_connections_at_most_tell_what_it_is(
    tmp_path: Path, port: int, greeting: bytes, answer: bytes, protocol: str, order: list[str]
) -> None:
    async with answering(port, greeting, answer):
        room, facts = await surveyed(tmp_path, port)
    assert protocol_of(facts) == protocol
    assert asked(room, port) == order
    rows = room.journal.ledger.rows("run")
    looks = [r for r in rows if r.kind is Entry.CONNECT and r.port == port]
    assert len(looks) <= 1 + 2 + order.count("ports")  # the first one finds the port open
    payloads = [r for r in rows if r.kind is Entry.PAYLOAD and r.port == port]
    assert len(payloads) <= 1
    room.close()


@pytest.mark.parametrize(
    ("answer", "order"),
    [
        ("030000130ed000001234000300080001000000", ["rdp", "tls"]),
        ("030000130ed000001234000200080000000000", ["rdp", "tls"]),
        ("0300000b06d00000123400", ["rdp"]),
    ],
    ids=["insists on TLS", "takes its own security too", "too old to negotiate"],
)
async def test_remote_desktop_is_asked_for_tls_unless_it_is_too_old(
    tmp_path: Path, answer: str, order: list[str]
) -> None:
    async with answering(3389, b"", bytes.fromhex(answer)):
        room, _ = await surveyed(tmp_path, 3389)
    assert [s for s in asked(room, 3389) if s in {"rdp", "tls"}] == order
    room.close()


async def test_tls_is_offered_to_a_database_that_says_it_has_it(tmp_path: Path) -> None:
    async with answering(5432, b"", b"S"):  # and then keeps silent
        room, facts = await surveyed(tmp_path, 5432)
    assert asked(room, 5432) == ["greeting", "postgresql", "tls", "ports"], "and whether it is still there"
    (versions,) = [fact for fact in facts if isinstance(fact, TlsVersions)]
    assert not versions.accepted
    assert not versions.refused
    assert protocol_of(facts) == "postgresql"
    room.close()


@pytest.mark.parametrize(
    ("port", "said", "protocol", "order"),
    [
        (636, recorded("ldap", "openldap"), "ldaps", ["tls", "ldap-tls"]),
        (6379, b"+PONG\r\n", "redis", ["redis", "tls", "redis-tls"]),
        (6380, b"-NOAUTH Authentication required.\r\n", "redis", ["greeting", "tls", "redis-tls"]),
        (993, b"* OK Dovecot ready.\r\n", "imaps", ["tls", "greeting-tls"]),
    ],
)
async def test_what_speaks_inside_tls_is_asked_there_once_tls_is_proved(
    tmp_path: Path, port: int, said: bytes, protocol: str, order: list[str]
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            if port == 993 or await reader.read(4096):
                writer.write(said)
                await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, str(PATIENT), port, ssl=servers.context(versions=(TLSVersion.TLSv1_2,)))
    try:
        room, facts = await surveyed(tmp_path, port)
    finally:
        server.close()
    assert asked(room, port) == order  # no web page is asked for where something else was found
    assert protocol_of(facts) == protocol
    (versions,) = [fact for fact in facts if isinstance(fact, TlsVersions)]
    assert versions.accepted == {"tls1.2"}
    room.close()
