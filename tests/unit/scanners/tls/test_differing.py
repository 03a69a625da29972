"""Servers that differ behind one address: where two connections contradict each other, the facts say so."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from itertools import cycle
from pathlib import Path

import pytest

from scanners.tls.differing import differences
from scanners.tls.plan import Wish
from scanners.tls.probe import SCANNER
from sekisho.model.facts import CertificateChain, TlsClientAuth, TlsVersions
from sekisho.model.tls_facts import TlsSuites
from tests.unit.scanners import servers
from tests.unit.scanners.fakes import job
from tests.unit.scanners.ports.real_gate import real_gate, through_gate
from tests.unit.scanners.tls.simulated import Server, survey
from tests.unit.scanners.tls.test_plan import ALL_13, FIVE, RSA_12, V12, V13, Balancer

V = ssl.TLSVersion


@pytest.mark.parametrize("depth", ["quick", "full"])
def test_one_server_of_several_keys_and_versions_contradicts_nothing(depth: str) -> None:
    server = Server({V13: ALL_13, V12: (0xC02B, 0xC02F), "tls1.0": (0xC013, 0x002F)}, FIVE, FIVE, kinds=("ec", "rsa"))
    assert differences(survey(server, Wish(depth))) == ()


@pytest.mark.parametrize("turns", ["01", "10", "011", "0010"])
def test_a_new_and_an_old_server_show(turns: str) -> None:
    new, old = Server({V13: ALL_13, V12: RSA_12}, FIVE, FIVE), Server({V12: RSA_12}, FIVE)
    assert "version" in differences(survey(Balancer(new, old, turns=turns)))


@pytest.mark.parametrize("versions", [("tls1.0",), ("tls1.1", "tls1.0")])
def test_the_last_offer_confirms_a_refusal_and_meets_the_other_server(versions: tuple[str, ...]) -> None:
    """Nothing else would ever offer the old versions to the second server."""
    strong = Server({V12: RSA_12}, FIVE)
    lax = Server({V12: RSA_12} | dict.fromkeys(versions, (0xC013,)), FIVE)
    assert "refusal" in differences(survey(Balancer(lax, strong, turns="01")))
    assert not differences(survey(strong))


def test_a_request_for_a_client_certificate_by_one_of_two_shows() -> None:
    asking = Server({V12: RSA_12}, FIVE, asks_client=True)
    assert differences(survey(Balancer(Server({V12: RSA_12}, FIVE), asking, turns="01"))) == ("client_certificate",)


@asynccontextmanager
async def balanced(*ports: int) -> AsyncIterator[int]:
    """Hand out connections to servers on loopback in turn."""
    turn = cycle(ports)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", next(turn))
        await asyncio.gather(carry(reader, back), carry(there, writer))

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    with closing(server):
        yield server.sockets[0].getsockname()[1]


Make = Callable[[], ssl.SSLContext]
PAIRS: dict[str, tuple[Make, Make]] = {
    "version": (
        lambda: servers.context("rsa", versions=(V.TLSv1_2, V.TLSv1_3)),
        lambda: servers.context("rsa", versions=(V.TLSv1_2, V.TLSv1_2)),
    ),
    "certificate": (lambda: servers.context("rsa"), lambda: servers.context("rsa", name="b.example.jp")),
}


@pytest.mark.parametrize("kind", PAIRS)
async def test_every_fact_says_that_answers_differ(tmp_path: Path, kind: str) -> None:
    one, other = PAIRS[kind]
    with servers.serve_openssl(one()) as first, servers.serve_openssl(other()) as second:
        async with balanced(first, second) as port:
            gate, _ = real_gate(tmp_path)
            _, reading = await through_gate(SCANNER, job("tls", port, options={"depth": "full"}), gate)
    facts = [f for _, f in reading.facts if isinstance(f, (TlsVersions, TlsSuites, CertificateChain, TlsClientAuth))]
    assert {type(f) for f in facts} == {TlsVersions, TlsSuites, CertificateChain, TlsClientAuth}
    assert all(kind in f.differs for f in facts)
    assert not any(f.refused for f in facts if isinstance(f, TlsVersions)), "no refusal speaks for both"
