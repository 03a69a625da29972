"""Both scanners through the real gate: what they send is within what they declare."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from scanners.http.probe import SCANNER as HTTP
from scanners.tls.probe import SCANNER as TLS
from sekisho.model.attempts import Outcome
from sekisho.model.facts import CertificateChain, HttpAnswer, TlsVersions
from sekisho.model.ledger import Entry
from sekisho.registry import Scanner
from tests.unit.scanners import servers
from tests.unit.scanners.fakes import job
from tests.unit.scanners.ports.real_gate import Rows, real_gate, through_gate

BIG = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000


def assert_within(scanner: Scanner, rows: Rows) -> None:
    packets = sum(row.packets for row in rows.rows if row.kind is Entry.SETTLE)
    connections = sum(row.kind is Entry.CONNECT for row in rows.rows)
    assert 0 < packets <= scanner.max_packets
    assert 0 < connections <= scanner.max_connections
    assert packets * scanner.max_connections <= scanner.max_packets * connections, "what one connection may cost"


@pytest.mark.parametrize("depth", ["quick", "full"])
@pytest.mark.parametrize("mode", [ssl.CERT_NONE, ssl.CERT_REQUIRED])
async def test_tls(tmp_path: Path, mode: ssl.VerifyMode, depth: str) -> None:
    gate, rows = real_gate(tmp_path)
    async with servers.serve(servers.answer_http, tls=servers.context("rsa", "ec", client=mode)) as port:
        _, reading = await through_gate(TLS, job("tls", port, options={"depth": depth}), gate)
    found = next(f for _, f in reading.facts if isinstance(f, TlsVersions))
    assert (set(found.accepted), set(found.untried)) == ({"tls1.2", "tls1.3"}, set())
    assert_within(TLS, rows)


async def test_tls_with_as_many_names_as_are_asked_for(tmp_path: Path) -> None:
    gate, rows = real_gate(tmp_path)
    names = [f"{n}.example.jp" for n in range(9)]
    async with servers.serve(servers.answer_http, tls=servers.context("rsa", "ec")) as port:
        _, reading = await through_gate(TLS, job("tls", port, options={"names": names}), gate)
    chains = [f for _, f in reading.facts if isinstance(f, CertificateChain)]
    assert {c.sni for c in chains} == set(names[:8])
    assert_within(TLS, rows)


@pytest.mark.parametrize("is_tls", [True, False])
async def test_http(tmp_path: Path, is_tls: bool) -> None:
    gate, rows = real_gate(tmp_path)
    tls = servers.context() if is_tls else None
    async with servers.serve(servers.answer_http, tls=tls) as port:
        wire, reading = await through_gate(HTTP, job("http", port, options={"tls": is_tls}), gate)
    assert reading.outcome is Outcome.OK
    assert isinstance(reading.facts[0][1], HttpAnswer)
    assert reading.facts[0][1].title == "Login"
    assert_within(HTTP, rows)
    assert wire.transcript("http", 1).connections() == (0,)


async def test_a_page_that_never_ends(tmp_path: Path) -> None:
    gate, rows = real_gate(tmp_path)
    async with servers.serve(servers.send(BIG)) as port:
        wire, reading = await through_gate(HTTP, job("http", port), gate)
    assert reading.outcome is Outcome.OK
    assert len(wire.transcript("http", 1).received()) == 65536
    assert_within(HTTP, rows)
