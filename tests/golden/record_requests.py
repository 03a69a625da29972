"""Records the golden transcripts of scanners of one request from lab devices and real programs on 127.0.0.1.

Run by hand: `python -m tests.golden.record_requests [scanner …]`. A person reviews the difference before it is
committed. Needs the programs `memcached` and `etcd` on PATH for the cases that name them.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from lab.devices.authority import new_authority
from lab.devices.kind import Site
from lab.devices.registry import kinds
from scanners.cassandra.probe import SCANNER as CASSANDRA
from scanners.http_further.probe import SCANNER as FURTHER
from scanners.memcached.probe import SCANNER as MEMCACHED
from scanners.mongodb.probe import SCANNER as MONGODB
from scanners.mssql.probe import SCANNER as MSSQL
from scanners.radmin.probe import SCANNER as RADMIN
from scanners.sstp.probe import SCANNER as SSTP
from scanners.zookeeper.probe import SCANNER as ZOOKEEPER
from sekisho.model.subjects import Subject
from sekisho.registry import Scanner
from tests.golden.facts_json import reading_json
from tests.unit.scanners import servers
from tests.unit.scanners.fakes import FakeWire, Loopback, job

SETTLE_S = 2.0
"""Some programs listen before they can answer: etcd elects a leader first."""
HERE = Path(__file__).parent
ANOTHER = b"220 mail.example.jp ESMTP\r\n"
_REFUSAL = b"Invalid or unsupported protocol version: 4"
OLD_CASSANDRA = struct.pack(">BBhBIIH", 0x82, 0, 0, 0, 6 + len(_REFUSAL), 0x0A, len(_REFUSAL)) + _REFUSAL
"""ERROR of a server that speaks version 2 at most."""


ICON = b"HTTP/1.1 200 OK\r\nContent-Type: image/x-icon\r\nContent-Length: 22\r\n\r\n\0\0\1\0" + bytes(18)


@dataclass(frozen=True, slots=True)
class Case:
    """One recording: which scanner, at which port, of what."""

    name: str
    scanner: Scanner
    port: int
    server: contextlib.AbstractAsyncContextManager[int]
    device: str
    firmware: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def free_port() -> int:
    """Give a port that nobody has right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def device(kind: str, **params: Any) -> AsyncIterator[int]:
    """Serve a lab device."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site("device", "127.0.0.1", free_port(), "tcp", Path(folder), new_authority(Path(folder)))
        running = await kinds()[kind].imitate(kinds()[kind].params.model_validate(params), site)
        try:
            yield site.port
        finally:
            running.close()


@contextlib.asynccontextmanager
async def program(*command: str) -> AsyncIterator[int]:
    """Run a program that listens; PORT in its arguments is the port."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(*(part.replace("PORT", str(port)) for part in command))
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            break
        await asyncio.sleep(SETTLE_S)
        yield port
    finally:
        process.terminate()
        await process.wait()


def another(answer: bytes = ANOTHER) -> contextlib.AbstractAsyncContextManager[int]:
    """Serve one answer, whatever comes; b"": say nothing at all."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(4096)
            writer.write(answer)
            await reader.read()
        writer.close()

    return servers.serve(talk)


def cases() -> list[Case]:
    """Give all recordings."""
    listen = ("memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", "PORT", "-U", "0", "-m", "8")
    with tempfile.NamedTemporaryFile("w", delete=False, suffix=".passwords") as passwords:
        passwords.write("lab:!\n")
    Path(passwords.name).chmod(0o644)
    debian = "1.6.18-1+deb12u1"
    made = [
        Case("open", MEMCACHED, 11211, program(*listen), "memcached, everybody gets in", debian),
        Case("login", MEMCACHED, 11211, program(*listen, "-Y", passwords.name), "memcached with a log-in", debian),
        Case("standalone", MONGODB, 27017, device("database", product="mongodb"), "lab device database, mongodb"),
        Case("old", MONGODB, 27017, device("database", product="mongodb", version="6"), "lab device database, mongodb"),
        Case("off", MSSQL, 1433, device("database", product="mssql"), "lab device database, mssql"),
        Case("on", MSSQL, 1433, device("database", product="mssql", encryption="on"), "lab device database, mssql"),
        Case("standalone", ZOOKEEPER, 2181, device("database", product="zookeeper"), "lab device database, zookeeper"),
        Case("declines", ZOOKEEPER, 2181, device("database", product="zookeeper", closed=True),
             "lab device database, zookeeper"),
        Case("supported", CASSANDRA, 9042, device("database", product="cassandra"), "lab device database, cassandra"),
        Case("old", CASSANDRA, 9042, another(OLD_CASSANDRA), "fixed answer, own text"),
        Case("portal", FURTHER, 443, device("portal", vendor="sonicwall"), "lab device portal, sonicwall",
             options={"path": "/cgi-bin/welcome", "icon": False, "tls": True}),
        Case("etcd", FURTHER, 2379,
             program("etcd", "--data-dir", tempfile.mkdtemp(), "--listen-client-urls", "http://127.0.0.1:PORT",
                     "--advertise-client-urls", "http://127.0.0.1:PORT", "--listen-peer-urls", "http://127.0.0.1:0"),
             "etcd", "3.4.23-4+b4", {"path": "/version", "icon": False, "tls": False}),
        Case("icon", FURTHER, 80, another(ICON), "fixed answer, own bytes",
             options={"path": "/favicon.ico", "icon": True, "tls": False}),
        Case("three", RADMIN, 4899, device("remote_control", product="radmin"), "lab device remote_control, radmin"),
        Case("shut-out", RADMIN, 4899, another(bytes.fromhex("01000000090000104f2f100000040000001c")),
             "fixed answer, own bytes"),
        Case("windows", SSTP, 443, device("sstp"), "lab device sstp", options={"tls": True}),
        Case("web-server", SSTP, 443, device("https"), "lab device https", options={"tls": True}),
        Case("no-such-method", SSTP, 443, device("portal"), "lab device portal", options={"tls": True}),
    ]  # fmt: skip
    return made + [
        Case("another-service", c.scanner, c.port, another(), "fixed answer, own text", options=c.options)
        for c in {c.scanner.id: c for c in made}.values()
    ]


async def record(case: Case) -> None:
    """Record one case and write transcript, reading and origin."""
    async with case.server as port:
        wire = FakeWire(job(case.scanner.id, port, options=case.options), Loopback(), mask=case.scanner.mask)
        await case.scanner.run(wire.job, wire)
        made = wire.transcript(case.scanner.version)
    events = tuple(replace(event, port=case.port if event.port else 0) for event in made.events)
    moment = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    subject = Subject(f"service:192.0.2.20/tcp/{case.port}")
    stored = replace(made, subject=subject, started_at=moment, events=events)
    base = HERE / case.scanner.id / case.name
    base.parent.mkdir(exist_ok=True)
    base.with_suffix(".raw").write_bytes(stored.to_bytes())
    base.with_suffix(".json").write_text(reading_json(case.scanner.read(stored)), encoding="utf-8")
    base.with_suffix(".meta.toml").write_text(
        f'device = "{case.device}"\nfirmware = "{case.firmware}"\n'
        f'origin = "recorded against a server on loopback"\ndate = {date(2026, 11, 21)}\n'
        'consent = "own machine"\nanonymised = "address and port replaced"\n',
        encoding="utf-8",
    )


async def main() -> None:
    """Record everything, or the scanners named, one after another."""
    for case in cases():
        if not sys.argv[1:] or case.scanner.id in sys.argv[1:]:
            await record(case)


if __name__ == "__main__":
    asyncio.run(main())
