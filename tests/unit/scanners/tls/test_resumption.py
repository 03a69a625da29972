"""Resumption of TLS 1.3, tried with one connection where a completed handshake brought a ticket."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from scanners.tls.probe import SCANNER
from sekisho.model.facts import TlsVersions
from sekisho.model.tls_facts import TlsFeatures
from sekisho.model.transcript import Transcript
from tests.unit.scanners.fakes import job
from tests.unit.scanners.ports.real_gate import real_gate, through_gate
from tests.unit.scanners.servers import context, serve_openssl

V = ssl.TLSVersion


async def features(
    folder: Path, made: ssl.SSLContext, depth: str = "full"
) -> tuple[TlsFeatures, TlsVersions, Transcript]:
    gate, _ = real_gate(folder)
    with serve_openssl(made) as port:
        wire, reading = await through_gate(SCANNER, job("tls", port, options={"depth": depth}), gate)
    facts = [f for _, f in reading.facts]
    (found,), (versions,) = ([f for f in facts if isinstance(f, kind)] for kind in (TlsFeatures, TlsVersions))
    assert isinstance(found, TlsFeatures)
    assert isinstance(versions, TlsVersions)
    return found, versions, wire.transcript(SCANNER.id, SCANNER.version)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
async def test_a_ticket_is_taken_up(tmp_path: Path, kind: str) -> None:
    found, versions, transcript = await features(tmp_path, context(kind, versions=(V.TLSv1_3, V.TLSv1_3)))
    assert (found.tickets, found.resumed) == (True, True)
    assert versions.differs == ()
    again = next(f for _, f in SCANNER.read(transcript).facts if isinstance(f, TlsFeatures))
    assert again == found, "read from the stored bytes alone"


async def test_without_tickets_nothing_is_tried(tmp_path: Path) -> None:
    made = context(versions=(V.TLSv1_3, V.TLSv1_3))
    made.num_tickets = 0
    found, _, _ = await features(tmp_path, made)
    assert found.resumed is None


async def test_in_depth_quick_nothing_is_tried(tmp_path: Path) -> None:
    found, _, _ = await features(tmp_path, context(versions=(V.TLSv1_3, V.TLSv1_3)), "quick")
    assert found.resumed is None


async def test_below_tls_13_tickets_are_no_more_than_an_offer(tmp_path: Path) -> None:
    found, _, _ = await features(tmp_path, context(versions=(V.TLSv1_2, V.TLSv1_2)))
    assert (found.tickets, found.resumed) == (True, None)
