"""The probe against real servers on loopback and scripted peers, and the reading of what it records."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from scanners.http.parse import MOST_BYTES
from scanners.http.probe import SCANNER
from scanners.tls.transport import TLS_FAILED
from sekisho.model.attempts import Outcome
from sekisho.model.facts import HttpAnswer
from sekisho.model.ledger import Entry
from sekisho.model.observations import Reading
from sekisho.model.service_facts import HttpBegun
from sekisho.model.transcript import EventKind, Transcript
from tests.golden.facts_json import reading_json
from tests.unit.scanners import golden, servers
from tests.unit.scanners.fakes import FakeWire, Loopback, Peer, Scripted, Unreachable, job
from tests.unit.scanners.ports.real_gate import real_gate, through_gate
from tests.unit.scanners.strategies import transcripts

V = ssl.TLSVersion
TLS = {"tls": True}
PAGE = b"HTTP/1.1 200 OK\r\nSet-Cookie: SID=S3cr3t\r\nContent-Length: 6\r\n\r\n<p>Hi "


async def probe(
    port: int, *peers: Peer, options: Mapping[str, Any] | None = None, address: str = "127.0.0.1"
) -> tuple[Reading, FakeWire]:
    given_job = job("http", port, options=options, address=address)
    wire = FakeWire(given_job, *(peers or (Loopback(),)), mask=SCANNER.mask, timeout_s=2.0)
    await SCANNER.run(wire.job, wire)
    assert wire.connects == SCANNER.max_connections
    return SCANNER.read(Transcript.from_bytes(wire.transcript().to_bytes())), wire


def answer(reading: Reading) -> HttpAnswer:
    ((_, fact),) = reading.facts
    assert isinstance(fact, HttpAnswer)
    return fact


async def test_a_page_in_clear() -> None:
    async with servers.serve(servers.answer_http) as port:
        reading, _ = await probe(port)
    found = answer(reading)
    assert (found.status, found.tls, found.server, found.title) == (200, False, "test/1", "Login")


@pytest.mark.parametrize(
    ("kind", "versions", "ciphers"),
    [
        ("rsa", (V.TLSv1_2,), ""), ("rsa", (V.TLSv1_3,), ""), ("ec", (V.TLSv1_2, V.TLSv1_3), ""),
        ("rsa", (V.TLSv1, V.TLSv1), "ALL:@SECLEVEL=0"),
    ],
)  # fmt: skip
async def test_a_page_inside_tls(kind: str, versions: tuple[V, ...], ciphers: str) -> None:
    made = servers.context(kind, versions=versions, ciphers=ciphers)
    async with servers.serve(servers.answer_http, tls=made) as port:
        reading, wire = await probe(port, options=TLS)
    assert (answer(reading).tls, answer(reading).title) == (True, "Login")
    plain = [e.data for e in wire.transcript().events if e.kind is EventKind.PLAIN_SENT]
    assert plain[0].startswith(b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize("cipher", ["rc4", "3des"])
@pytest.mark.parametrize("minor", [0, 1])
async def test_a_page_inside_very_old_tls(cipher: str, minor: int) -> None:
    given_settings = servers.settings((3, minor), (3, minor), ciphers=[cipher], exchanges=["rsa"])
    with servers.serve_tlslite(given_settings) as port:
        reading, _ = await probe(port, options=TLS)
    assert answer(reading).title == "Login"


async def test_a_demanded_client_certificate_is_no_crash() -> None:
    async with servers.serve(servers.answer_http, tls=servers.context(client=ssl.CERT_REQUIRED)) as port:
        reading, _ = await probe(port, options=TLS)
    assert (reading.outcome, reading.facts) == (Outcome.PROTOCOL_ERROR, ())


@pytest.mark.parametrize(
    ("peer", "options", "outcome"),
    [
        (Scripted(b"\x00\x01 something else"), {}, Outcome.PROTOCOL_ERROR),
        (Scripted(b"\x00\x01 something else"), TLS, Outcome.PROTOCOL_ERROR),
        (Scripted(b"HTTP/1.1 400 Bad Request\r\n\r\n"), TLS, Outcome.PROTOCOL_ERROR),
        (Scripted(then="silent"), {}, Outcome.TIMEOUT),
        (Scripted(then="silent"), TLS, Outcome.TIMEOUT),
        (Scripted(then="closed"), {}, Outcome.PROTOCOL_ERROR),
        (Scripted(then="reset"), TLS, Outcome.PROTOCOL_ERROR),
        (Unreachable(Outcome.REFUSED), {}, Outcome.REFUSED),
        (Unreachable(Outcome.TIMEOUT), {}, Outcome.TIMEOUT),
        (Unreachable(Outcome.HOST_GONE), TLS, Outcome.HOST_GONE),
        (Unreachable(Outcome.FILTERED), {}, Outcome.FILTERED),
    ],
)
async def test_what_is_no_answer_has_an_outcome(peer: Peer, options: dict[str, Any], outcome: Outcome) -> None:
    reading, _ = await probe(443, peer, options=options)
    assert (reading.outcome, reading.facts) == (outcome, ())


async def test_secrets_are_blanked_before_they_are_stored() -> None:
    reading, wire = await probe(80, Scripted(PAGE[:40], PAGE[40:]))
    stored = wire.transcript().to_bytes()
    assert b"S3cr3t" not in stored
    assert answer(reading).headers == (("set-cookie", "SID"),)
    assert wire.transcript().masked == ("peer",)


async def test_secrets_inside_tls_are_blanked_before_they_are_recorded() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(PAGE)
        writer.close()

    async with servers.serve(talk, tls=servers.context()) as port:
        wire = FakeWire(job("http", port, options=TLS), Loopback())  # the wire itself masks nothing here
        await SCANNER.run(wire.job, wire)
    plain = b"".join(e.data for e in wire.transcript().events if e.kind is EventKind.PLAIN_RECEIVED)
    assert plain == PAGE.replace(b"S3cr3t", b"******")


async def test_no_more_than_the_limit_is_read() -> None:
    endless = Scripted(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 16384] * 20)
    reading, wire = await probe(80, endless)
    assert len(wire.transcript().received()) == MOST_BYTES
    assert reading.outcome is Outcome.OK


MEGABYTE = b"a" * 2**20
HUGE = {
    "one header": b"HTTP/1.1 200 OK\r\nServer: x\r\nX-Long: " + MEGABYTE + b"\r\n\r\npage",
    "many headers": b"HTTP/1.1 403 Forbidden\r\n" + b"X-Again: 0123456789\r\n" * 50000 + b"\r\npage",
    "reason": b"HTTP/1.1 200 " + MEGABYTE,
    "interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 40000,
}


@pytest.mark.parametrize("name", HUGE)
@pytest.mark.parametrize("tls", [False, True])
async def test_headers_without_end_are_http_and_no_page(name: str, tls: bool, tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(HUGE[name])
            await writer.drain()
        writer.close()

    gate, rows = real_gate(tmp_path)
    async with servers.serve(talk, tls=servers.context() if tls else None) as port:
        wire, reading = await through_gate(SCANNER, job("http", port, options={"tls": tls}), gate)
    status = int(HUGE[name][9:12])
    assert [fact for _, fact in reading.facts] == [HttpBegun(status, tls)]
    assert reading.outcome is Outcome.PROTOCOL_ERROR
    stored = wire.transcript("http", 3)
    assert sum(len(e.data) for e in stored.events if e.kind is EventKind.RECEIVED) <= 3 * MOST_BYTES
    assert sum(len(e.data) for e in stored.events if e.kind is EventKind.PLAIN_RECEIVED) <= MOST_BYTES
    assert sum(row.packets for row in rows.rows if row.kind is Entry.SETTLE) <= SCANNER.max_packets


async def test_headers_that_break_off_are_http_and_no_page() -> None:
    reading, _ = await probe(80, Scripted(b"HTTP/1.1 200 OK\r\nServer: x"))
    assert (reading.outcome, [fact for _, fact in reading.facts]) == (Outcome.PROTOCOL_ERROR, [HttpBegun(200, False)])


async def test_a_complete_answer_is_not_waited_for() -> None:
    _, wire = await probe(80, Scripted(PAGE, then="silent"))
    assert [e.kind for e in wire.transcript().events].count(EventKind.RECEIVED) == 1


@pytest.mark.parametrize(
    ("port", "options", "address", "host"),
    [
        (80, {}, "127.0.0.1", b"127.0.0.1"), (8080, {}, "127.0.0.1", b"127.0.0.1:8080"),
        (80, {"names": ["ehr.example.jp"]}, "127.0.0.1", b"ehr.example.jp"), (80, {}, "::1", b"[::1]"),
        (80, {"names": ["a\r\nX: y", 5, "ok.example"]}, "127.0.0.1", b"ok.example"),
    ],
)  # fmt: skip
async def test_one_get_with_the_right_host_is_all_that_is_sent(
    port: int, options: dict[str, Any], address: str, host: bytes
) -> None:
    peer = Scripted(PAGE)
    await probe(port, peer, options=options, address=address)
    (request,) = peer.sent
    lines = request.split(b"\r\n")
    assert (lines[0], lines[1]) == (b"GET / HTTP/1.1", b"Host: " + host)
    assert {b"Accept: */*", b"Connection: close"} < set(lines)
    assert any(line.startswith(b"User-Agent: Sekisho") for line in lines)


def test_a_transcript_without_a_connection_was_not_tried() -> None:
    stored = golden.transcript("http", "login-page")
    empty = Transcript("http", 1, stored.subject, "test", stored.started_at, ())
    assert SCANNER.read(empty).outcome is Outcome.NOT_TRIED


@pytest.mark.parametrize("path", golden.paths("http"), ids=lambda p: p.stem)
def test_golden(path: Path) -> None:
    stored = Transcript.from_bytes(path.read_bytes())
    assert json.loads(reading_json(SCANNER.read(stored))) == json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert path.with_suffix(".meta.toml").exists()
    assert b"s3cr3t" not in path.read_bytes()


@given(transcripts("http", [received for _, received in golden.streams("http")], [TLS_FAILED + "x"]))
def test_reading_is_total(stored: Transcript) -> None:
    SCANNER.read(stored)


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<title>Lo", Outcome.TIMEOUT),
        (b"HTTP/1.1 200 OK\r\n\r\n<title>Login</title>", Outcome.TIMEOUT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage", Outcome.OK),
    ],
    ids=["cut in the middle", "without an end", "complete"],
)
async def test_a_page_that_was_cut_off_is_not_read(page: bytes, outcome: Outcome) -> None:
    wire = FakeWire(job("http", 80), Scripted(page, then="silent"), timeout_s=0.05)
    await SCANNER.run(wire.job, wire)
    wire.note("cut off: time limit of 15 s for one connection is used up")
    reading = SCANNER.read(wire.transcript())
    assert reading.outcome is outcome
    assert [type(fact) for _, fact in reading.facts] == [HttpAnswer if outcome is Outcome.OK else HttpBegun]
    assert reading.detail.startswith("time limit of") == (outcome is Outcome.TIMEOUT)
