"""The bundle of roots that an engagement names: read as PEM, kept with its document's digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sekisho.cli.kit import load
from sekisho.errors import ParseError
from sekisho.intake.roots import read_roots
from tests.unit.intake.folders import MINIMAL, write
from tests.unit.inventory.test_trust import OTHER, ROOT

PEM = b"".join(c.public_bytes(Encoding.PEM) for c in (ROOT, OTHER))
PATH = "documents/trust/roots.pem"


def test_every_certificate_of_the_bundle_is_a_root() -> None:
    assert read_roots(PATH, b"a comment\n" + PEM).roots == (ROOT, OTHER)


@pytest.mark.parametrize(
    "pem", [b"", b"no certificate", PEM.replace(b"MII", b"MIX", 1), ROOT.public_bytes(Encoding.DER)]
)
def test_a_bundle_without_readable_certificates_is_refused(pem: bytes) -> None:
    with pytest.raises(ParseError, match="PEM"):
        read_roots(PATH, pem)


def test_the_chosen_roots_reach_the_inventory_and_their_digest_the_documents(tmp_path: Path) -> None:
    write(tmp_path, "engagement.toml", MINIMAL + f'[assess]\nroot_store = "{PATH}"\n')
    write(tmp_path, "documents/consent.pdf", b"%PDF-1.4")
    write(tmp_path, PATH, PEM)
    loaded = load(tmp_path, lang="en")
    roots = loaded.kit.knowledge.roots
    assert roots is not None
    assert (roots.path, roots.roots) == (PATH, (ROOT, OTHER))
    assert {d.path: d.sha256 for d in loaded.engagement.documents}[PATH] == hashlib.sha256(PEM).hexdigest()


def test_without_a_name_there_are_no_roots(tmp_path: Path) -> None:
    write(tmp_path, "engagement.toml", MINIMAL)
    write(tmp_path, "documents/consent.pdf", b"%PDF-1.4")
    assert load(tmp_path, lang="en").kit.knowledge.roots is None
