"""Connects that are lost under load in the middle of a job: made up for once, and named when that fails too."""

from __future__ import annotations

import asyncio
import ctypes
import socket
import ssl
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanners.tls.probe import MOST_REPEATS, SCANNER
from sekisho.gate.sockets import Endpoint
from sekisho.model.attempts import Outcome
from sekisho.model.facts import TlsVersions
from sekisho.model.ledger import Entry
from sekisho.model.tls_facts import TlsSuites
from sekisho.model.transcript import EventKind
from tests.unit.scanners.fakes import Link, Loopback, Peer, Unreachable, job
from tests.unit.scanners.ports.real_gate import real_gate, through_gate
from tests.unit.scanners.servers import answer_http, context, serve, serve_tlslite, settings
from tests.unit.scanners.tls.test_probe import fact, probe

OK = Loopback()
LOST = Unreachable(Outcome.TIMEOUT)
SO_ATTACH_FILTER = 26  # asm-generic/socket.h
V12 = (ssl.TLSVersion.TLSv1_2,)
LIMITED = settings((3, 3), (3, 3), ciphers=["aes128gcm"], exchanges=["ecdhe_rsa"])
WITHOUT_LOSS = 7
"""The first hello, the older versions, SSL 2.0, the four of quick depth: the server refuses with alerts."""


async def ask(*peers: Peer) -> tuple[TlsVersions, TlsSuites, int]:
    with serve_tlslite(LIMITED) as port:
        reading, wire = await probe(port, *peers)
    return fact(reading, TlsVersions), fact(reading, TlsSuites), wire.connects


def weak(found: TlsSuites) -> list[str]:
    """Give the suites that may be taken although the usual policies forbid them."""
    (one,) = found.versions
    return [s for s in one.possible if not s.startswith(("TLS_ECDHE_", "TLS_DHE_")) or "CBC" in s]


async def test_without_loss_nothing_weak_is_left() -> None:
    versions, suites, connects = await ask(OK)
    assert versions.accepted == {"tls1.2"}
    assert not versions.untried
    assert (weak(suites), suites.not_offered, connects) == ([], (), WITHOUT_LOSS)


async def test_one_lost_connect_leaves_nothing_open() -> None:
    versions, suites, connects = await ask(OK, LOST, OK)
    assert versions.accepted == {"tls1.2"}
    assert not versions.untried
    assert not versions.not_offered
    assert (weak(suites), suites.not_offered, connects) == ([], (), WITHOUT_LOSS + 1)


async def test_an_offer_lost_twice_is_named_and_the_next_one_is_made() -> None:
    versions, suites, connects = await ask(OK, LOST, LOST, OK)
    lost = tuple((v, "timeout") for v in ("ssl3", "tls1.0", "tls1.1"))
    assert versions.not_offered == lost
    assert versions.untried == {"ssl3", "tls1.0", "tls1.1"}
    assert versions.refused == {"ssl2", "tls1.3"}
    assert (weak(suites), suites.not_offered, connects) == ([], lost, WITHOUT_LOSS - 1 + 2)


async def test_two_offers_lost_one_after_another_end_the_job() -> None:
    versions, suites, connects = await ask(OK, OK, LOST)
    assert connects == 2 + 2 + 1
    assert dict(versions.not_offered) == {"ssl2": "timeout"}
    assert versions.accepted == {"tls1.2"}
    assert dict(suites.not_offered).keys() == {"ssl2", "tls1.2"}


async def test_a_lost_list_is_named_and_the_versions_stay_judged() -> None:
    versions, suites, _ = await ask(*[OK] * 3, LOST, LOST, OK)
    assert versions.untried == frozenset()
    assert weak(suites)


@pytest.mark.parametrize(
    ("outcome", "why"),
    [(Outcome.REFUSED, "refused"), (Outcome.HOST_GONE, "unreachable"), (Outcome.FILTERED, "unreachable")],
)
async def test_only_a_time_out_is_made_up_for(outcome: Outcome, why: str) -> None:
    versions, _, connects = await ask(OK, OK, Unreachable(outcome))
    assert connects == 3
    assert dict(versions.not_offered) == {"ssl2": why}


async def test_the_first_connect_of_a_job_is_never_repeated() -> None:
    reading, wire = await probe(443, LOST)
    assert (wire.connects, reading.outcome, reading.facts) == (1, Outcome.TIMEOUT, ())


async def test_lost_connects_are_made_up_for_three_times_only() -> None:
    often: list[Peer] = [LOST, OK] * 10
    _, suites, connects = await ask(OK, *often)
    lost = (connects - 1 + 1) // 2
    assert lost >= MOST_REPEATS
    assert connects <= WITHOUT_LOSS + MOST_REPEATS
    assert weak(suites)


class Ignoring:
    """A loopback server as seen through a path that loses every n-th connect."""

    def __init__(self, every: int) -> None:
        self._every, self._count = every, 0

    async def open(self, to: object) -> Link:
        self._count += 1
        peer: Peer = LOST if self._count % self._every == 0 else OK
        return await peer.open(to)  # type: ignore[arg-type]


@pytest.mark.parametrize("every", [4, 5, 7])
async def test_a_path_that_loses_every_nth_connect_leaves_nothing_open(every: int) -> None:
    versions, suites, connects = await ask(Ignoring(every))
    assert (versions.untried, suites.not_offered, weak(suites)) == (frozenset(), (), [])
    assert connects == WITHOUT_LOSS + {4: 2, 5: 1, 7: 1}[every]


def drop_first_syns(sock: socket.socket, ports: Sequence[int]) -> None:
    """Have the kernel drop what comes from some source ports (classic BPF on the TCP header)."""
    program = [(0x28, 0, 0, 0)]  # load half-word at 0: source port
    program += [(0x15, len(ports) - i, 0, port) for i, port in enumerate(ports)]  # equal: jump to the drop
    program += [(0x06, 0, 0, 0xFFFFFFFF), (0x06, 0, 0, 0)]
    packed = b"".join(struct.pack("=HBBI", *row) for row in program)
    buffer = ctypes.create_string_buffer(packed, len(packed))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(program), ctypes.addressof(buffer)))


async def test_a_server_that_ignores_every_seventh_connection_through_the_real_gate(tmp_path: Path) -> None:
    gate, rows = real_gate(tmp_path)
    given: list[int] = []
    take = gate.ports.take

    def taken(towards: Endpoint | None = None) -> int:
        given.append(take(towards))
        return given[-1]

    first = take()
    doomed = [first + n for n in range(7, 60, 7)]
    with socket.create_server(("127.0.0.1", 0)) as sock:
        drop_first_syns(sock, doomed)
        server = await asyncio.start_server(answer_http, sock=sock, ssl=context(versions=V12))
        gate.ports.take = taken  # type: ignore[method-assign]
        try:
            _, reading = await through_gate(SCANNER, job("tls", sock.getsockname()[1], options={"depth": "full"}), gate)
        finally:
            server.close()
    versions, suites = fact(reading, TlsVersions), fact(reading, TlsSuites)
    assert versions.accepted == {"tls1.2"}
    assert not versions.untried
    assert not suites.not_offered
    assert len([p for p in given if p in doomed]) >= 2
    connects = [row for row in rows.rows if row.kind is Entry.CONNECT]
    settled = [row for row in rows.rows if row.kind is Entry.SETTLE]
    assert len(connects) == len(settled) == len(given)
    assert [row.packets for row in settled].count(1) == len([p for p in given if p in doomed])  # one SYN each


async def test_a_missed_offer_stands_in_the_transcript() -> None:
    async with serve(answer_http, tls=context(versions=V12)) as port:
        _, wire = await probe(port, OK, LOST, OK)
    assert "missed conn=1 offer=tls1.1,tls1.0,ssl3" in wire.transcript().notes()
    assert [e.conn for e in wire.transcript().events if e.kind is EventKind.TIMEOUT] == [1]
