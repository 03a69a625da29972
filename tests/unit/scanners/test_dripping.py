"""A peer that drips its words draws no more packets than a scanner declares: each piece draws an acknowledgement."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import scanners
from sekisho.gate.pacing import GateRefused
from sekisho.gate.wire import ConnectFailed
from sekisho.model.ledger import Entry
from sekisho.model.observations import Reading
from sekisho.registry import Scanner, discover_scanners
from tests.unit.scanners import servers
from tests.unit.scanners.fakes import job
from tests.unit.scanners.ports.real_gate import real_gate

pytestmark = pytest.mark.timeout(60)
SCANNERS = discover_scanners(scanners)
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + b"x" * 60000
PAUSE_S = 0.02
DICOM_TLS = 2762


@contextlib.asynccontextmanager
async def dripping(said: bytes, *, tls: bool, port: int = 0) -> AsyncIterator[int]:
    """Say something byte by byte, for ever; with tls the handshake itself comes so."""
    context = servers.context() if tls else None

    async def whole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(4096)
            writer.write(said)
            await reader.read()
        writer.close()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", behind)
        forward = asyncio.create_task(hand_on(reader, outer))
        with contextlib.suppress(OSError, asyncio.CancelledError):
            while byte := await inner.read(1):
                writer.write(byte)
                await writer.drain()
                await asyncio.sleep(PAUSE_S)
        forward.cancel()
        outer.close()
        writer.close()

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                writer.write(data)

    async def at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            writer.write(said)
            await reader.read()
        writer.close()

    async with servers.serve(whole if tls else at_once, tls=context) as behind:
        front = await asyncio.start_server(talk, "127.0.0.1", port)
        try:
            yield front.sockets[0].getsockname()[1]
        finally:
            front.close()


async def spent(scanner: Scanner, port: int, options: dict[str, Any], folder: Path) -> tuple[int, Reading]:
    """Let a scanner look; give the packets that left, and what it read."""
    gate, rows = real_gate(folder)
    wire = gate.wire(job(scanner.id, port, options=options), scanner.mask)
    with contextlib.suppress(ConnectFailed, GateRefused):
        await scanner.run(wire.job, wire)
    await wire.end()
    packets = sum(row.packets for row in rows.rows if row.kind is Entry.SETTLE)
    return packets, scanner.read(wire.transcript(scanner.id, scanner.version))


@pytest.mark.parametrize(
    ("name", "said", "options"),
    [
        ("greeting", b"220-" + b"x" * 2000, {}),
        ("http", PAGE, {"tls": False}),
        ("http", PAGE, {"tls": True}),
        ("http-further", PAGE, {"tls": False, "path": "/x"}),
        ("sstp", PAGE, {"tls": True}),
        ("ssh", b"SSH-2.0-x\r\n\0\0\x40\0" + b"x" * 20000, {}),
        ("ftp", b"220 x\r\n211-" + b"x" * 2000, {}),
        ("vnc", b"RFB 003.008\n\x40" + b"x" * 2000, {}),
        ("redis", b"+" + b"x" * 2000, {}),
        ("dicom", b"\x02\0\0\0\x10\0" + b"x" * 4096, {}),
    ],
)
async def test_no_more_packets_leave_than_declared(
    name: str, said: bytes, options: dict[str, Any], tmp_path: Path
) -> None:
    scanner = SCANNERS[name]
    async with dripping(said, tls=bool(options.get("tls"))) as port:
        packets, _ = await spent(scanner, port, options, tmp_path)
    assert 5 <= packets <= scanner.max_packets


async def test_nor_by_dicom_inside_tls(tmp_path: Path) -> None:
    scanner = SCANNERS["dicom"]
    async with dripping(b"\x02\0\0\0\x10\0" + b"x" * 4096, tls=True, port=DICOM_TLS) as port:
        packets, _ = await spent(scanner, port, {}, tmp_path)
    assert 5 <= packets <= scanner.max_packets


@pytest.mark.parametrize("tls", [False, True])
async def test_a_page_that_comes_in_too_many_pieces_is_no_page(tls: bool, tmp_path: Path) -> None:
    async with dripping(PAGE, tls=tls) as port:
        _, reading = await spent(SCANNERS["http"], port, {"tls": tls}, tmp_path)
    assert reading.detail.endswith("in too many pieces")
    assert [type(fact).__name__ for _, fact in reading.facts] == ([] if tls else ["HttpBegun"])
