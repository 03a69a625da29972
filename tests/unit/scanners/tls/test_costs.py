"""Real servers through the real gate, every fact listed: connections stay within the budget of the configuration."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanners.tls.plan import QUICK_CONNECTIONS
from scanners.tls.probe import SCANNER
from sekisho.model.ledger import Entry
from sekisho.model.tls_facts import TlsFeatures, TlsSuites
from tests.unit.scanners import servers
from tests.unit.scanners.fakes import job
from tests.unit.scanners.ports.real_gate import real_gate, through_gate

V = ssl.TLSVersion
REST = 8  # for everything but lists and further certificates
GCM = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:AES128-GCM-SHA256"


@dataclass(frozen=True)
class Target:
    """What a server is configured with. lists: (suites, groups) by accepted version; kinds: of its certificates."""

    lists: dict[str, tuple[int, int]]
    kinds: tuple[str, ...]
    versions: tuple[V, V] | None = None
    ciphers: str = ""

    @property
    def budget(self) -> int:
        return sum(max(pair) + 1 for pair in self.lists.values()) + len(self.kinds) - 1 + REST

    @contextmanager
    def serving(self) -> Iterator[int]:
        if self.versions is None:
            old = servers.settings((3, 1), (3, 3), ciphers=["aes128", "aes256", "3des"], exchanges=["rsa", "ecdhe_rsa"])
            old.macNames, old.eccCurves = ["sha"], ["x25519", "secp256r1", "secp384r1"]
            with servers.serve_tlslite(old) as port:
                yield port
        else:
            made = servers.context(*self.kinds, versions=self.versions, ciphers=self.ciphers)
            with servers.serve_openssl(made) as port:
                yield port


TARGETS = {
    # OpenSSL 3 by default: five curves, and with TLS 1.3 five finite fields besides
    "modern": Target({"tls1.2": (4, 5), "tls1.3": (3, 10)}, ("rsa", "ec"), (V.TLSv1_2, V.TLSv1_3), GCM),
    "TLS 1.3": Target({"tls1.3": (3, 10)}, ("ec",), (V.TLSv1_3, V.TLSv1_3)),
    "TLS 1.2": Target({"tls1.2": (4, 5)}, ("rsa", "ec"), (V.TLSv1_2, V.TLSv1_2), GCM),
    "old": Target({"tls1.0": (6, 0), "tls1.1": (6, 0), "tls1.2": (6, 3)}, ("rsa",)),
}


@pytest.mark.parametrize("depth", ["full", "quick"])
@pytest.mark.parametrize("name", TARGETS)
async def test_connections_within_the_budget(tmp_path: Path, name: str, depth: str) -> None:
    target = TARGETS[name]
    gate, rows = real_gate(tmp_path)
    with target.serving() as port:
        _, reading = await through_gate(SCANNER, job("tls", port, options={"depth": depth}), gate)
    found = next(f for _, f in reading.facts if isinstance(f, TlsSuites))
    assert {v.version for v in found.versions} == set(target.lists)
    connections = sum(row.kind is Entry.CONNECT for row in rows.rows)
    if depth == "quick":
        assert connections <= QUICK_CONNECTIONS
        return
    assert {v.version: len(v.suites) for v in found.versions} == {v: n for v, (n, _) in target.lists.items()}
    assert connections <= target.budget
    if connections < target.budget:  # else what is not accepted may stay open: never wrong
        assert not any(v.possible for v in found.versions)


@pytest.mark.parametrize("name", ["modern", "TLS 1.2"])
async def test_signature_algorithms_of_a_real_server_are_listed(tmp_path: Path, name: str) -> None:
    target = TARGETS[name]
    gate, rows = real_gate(tmp_path)
    with target.serving() as port:
        _, reading = await through_gate(SCANNER, job("tls", port, options={"depth": "signatures"}), gate)
    features = next(f for _, f in reading.facts if isinstance(f, TlsFeatures))
    found = {s.version: s for s in features.signing}
    assert found.keys() == target.lists.keys()
    assert {"rsa_pss_rsae_sha256", "rsa_pss_rsae_sha512", "ecdsa_secp256r1_sha256"} <= set(found["tls1.2"].seen)
    assert not any(s.possible for s in found.values()), "the end was refused"
    connections = sum(row.kind is Entry.CONNECT for row in rows.rows)
    assert connections <= target.budget + sum(len(s.seen) + 1 for s in found.values())
