"""Chains made here, held against roots: each fault has its own reason, and without roots nothing is trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from scanners.tls.certificates import read_chain
from sekisho.inventory.trust import certificate_trust
from sekisho.model.facts import CertificateChain
from sekisho.model.roots import RootStore
from sekisho.model.tls_facts import CertificateTrust
from tests.unit.scanners.certs import name

NOW = datetime(2026, 11, 21, tzinfo=UTC)
YEAR = timedelta(days=365)
NAME = "ehr.example.jp"
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
SHA256_RSA, SHA1_RSA = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("0b", "05"))


@cache
def key(who: str) -> Key:
    if who == "old root":
        return rsa.generate_private_key(65537, 2048)
    return ed25519.Ed25519PrivateKey.generate() if who == "edwards" else ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Made:
    """What one certificate is made with.

    by: who signs, with its own name and key; forged: by another key. bare: without key identifier.
    """

    who: str
    by: str
    ca: bool = True
    days: int = 300
    forged: bool = False
    edwards: bool = False
    bare: bool = False

    def build(self) -> x509.Certificate:
        public = key("edwards" if self.edwards else self.who).public_key()
        issuer = key("nobody" if self.forged else self.by)
        names = x509.SubjectAlternativeName([x509.DNSName(NAME)])
        usage = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH])
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
        made = (
            x509.CertificateBuilder()
            .subject_name(name(self.who))
            .issuer_name(name(self.by))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 2 * YEAR)
            .not_valid_after(NOW + timedelta(days=self.days))
            .add_extension(x509.BasicConstraints(ca=self.ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )
        if not self.bare:
            made = made.add_extension(identifier, critical=False)
        if self.who == "leaf":
            made = made.add_extension(names, critical=False).add_extension(usage, critical=False)
        else:
            bits = dict.fromkeys(
                ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                 "encipher_only", "decipher_only"), False,
            )  # fmt: skip
            made = made.add_extension(x509.KeyUsage(**bits, key_cert_sign=True, crl_sign=True), critical=True)
        return made.sign(issuer, hashes.SHA256())


ROOT, OTHER = Made("root", "root").build(), Made("other root", "other root").build()
MIDDLE = Made("middle", "root").build()
LEAF = Made("leaf", "middle", ca=False).build()
STORE = RootStore("documents/roots.pem", (OTHER, ROOT))


def trust(
    *sent: x509.Certificate, store: RootStore | None = STORE, sni: str = NAME, at: datetime = NOW
) -> CertificateTrust:
    encoded = tuple(c.public_bytes(Encoding.DER) for c in sent)
    return certificate_trust(CertificateChain(sni, read_chain(encoded), encoded=encoded), at, store)


def reasons(found: CertificateTrust) -> set[str]:
    return {p.reason for p in found.problems}


@pytest.mark.parametrize("sent", [(LEAF, MIDDLE), (LEAF, MIDDLE, ROOT)], ids=["without the root", "with it"])
def test_a_chain_in_order_leads_to_its_root(sent: tuple[x509.Certificate, ...]) -> None:
    found = trust(*sent)
    assert (found.trust, found.problems, found.refusal) == ("trusted", (), "")
    assert found.path == tuple(c.subject.rfc4514_string() for c in (LEAF, MIDDLE, ROOT))
    assert (found.key, found.sni, found.store) == ("ec", NAME, STORE.path)


def test_without_a_name_the_chain_is_held_against_a_name_of_the_leaf() -> None:
    assert trust(LEAF, MIDDLE, sni="").trust == "trusted"


def test_each_kind_of_key_has_a_chain_of_its_own() -> None:
    edwards = Made("leaf", "middle", ca=False, edwards=True).build()
    found = trust(edwards, MIDDLE)
    assert (found.key, found.trust) == ("ed25519", "trusted")


def test_what_only_the_library_refuses_is_unknown() -> None:
    """The web's rules want the identifier of the authority's key."""
    bare = Made("leaf", "middle", ca=False, bare=True).build()
    found = trust(bare, MIDDLE)
    assert (found.trust, found.why, found.problems) == ("unknown", "not_conforming", ())
    assert found.refusal


def middle(**changes: object) -> x509.Certificate:
    return replace(Made("middle", "root"), **changes).build()  # type: ignore[arg-type]


FAULTS: list[tuple[str, Sequence[x509.Certificate]]] = [
    ("issuer_not_sent", (LEAF,)),
    ("wrong_order", (LEAF, ROOT, MIDDLE)),
    ("wrong_order", (LEAF, OTHER, MIDDLE)),
    ("expired", (LEAF, middle(days=-1))),
    ("not_a_ca", (LEAF, middle(ca=False))),
    ("bad_signature", (LEAF, middle(forged=True), ROOT)),
    ("self_signed", (Made("leaf", "leaf", ca=False).build(),)),
]


@pytest.mark.parametrize(("reason", "sent"), FAULTS, ids=[f"{r}-{i}" for i, (r, _) in enumerate(FAULTS)])
def test_every_fault_has_its_reason(reason: str, sent: Sequence[x509.Certificate]) -> None:
    found = trust(*sent)
    assert (found.trust, reasons(found)) == ("untrusted", {reason})
    bare = trust(*sent, store=None)
    assert (bare.trust, bare.why) == ("unknown", "no_store")
    assert reasons(bare) == {reason}, "what needs no root is told without one"


def signed_with_sha1(made: x509.Certificate, issuer: rsa.RSAPrivateKey) -> x509.Certificate:
    """Sign a certificate anew as old authorities did; the library reads such ones, but makes none."""
    body = made.tbs_certificate_bytes.replace(SHA256_RSA, SHA1_RSA)
    signature = issuer.sign(body, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - that is what is tested
    whole = made.public_bytes(Encoding.DER).replace(SHA256_RSA, SHA1_RSA)
    return x509.load_der_x509_certificate(whole[: -len(signature)] + signature)


def test_a_broken_hash_on_the_way_is_told_and_is_no_bad_signature() -> None:
    issuer = key("old root")
    assert isinstance(issuer, rsa.RSAPrivateKey)
    root = Made("old root", "old root").build()
    weak = signed_with_sha1(Made("middle", "old root").build(), issuer)
    found = trust(LEAF, weak, store=RootStore("documents/old.pem", (root,)))
    assert (found.trust, reasons(found)) == ("untrusted", {"weak_signature"})


def test_a_root_that_nobody_chose_is_no_root() -> None:
    only_other = RootStore("documents/roots.pem", (OTHER,))
    assert reasons(trust(LEAF, MIDDLE, ROOT, store=only_other)) == {"no_root"}
    assert reasons(trust(LEAF, MIDDLE, store=only_other)) == {"no_root"}
    assert not trust(LEAF, MIDDLE, store=None).problems, "a root that was left out can't be told from a missing one"


def test_a_self_signed_certificate_that_was_chosen_is_trusted_by_our_path() -> None:
    own = Made("leaf", "leaf", ca=False).build()
    found = trust(own, store=RootStore("documents/own.pem", (own,)))
    assert found.problems == ()
    assert found.trust != "untrusted"


def test_dates_are_held_against_the_moment_it_was_seen() -> None:
    assert "not_yet_valid" in reasons(trust(LEAF, MIDDLE, at=NOW - 3 * YEAR))
    assert "expired" in reasons(trust(LEAF, MIDDLE, at=NOW + 3 * YEAR))


def test_another_name_is_told() -> None:
    assert reasons(trust(LEAF, MIDDLE, sni="pacs.example.jp")) == {"name_mismatch"}


@pytest.mark.parametrize("encoded", [(), (b"no certificate",), (LEAF.public_bytes(Encoding.DER), b"\x30\x00")])
def test_what_cannot_be_read_is_unknown(encoded: tuple[bytes, ...]) -> None:
    found = certificate_trust(CertificateChain("", read_chain(encoded), encoded=encoded), NOW, STORE)
    assert (found.trust, found.why, found.problems) == ("unknown", "unreadable", ())


def test_of_an_authority_renewed_with_its_key_the_certificate_in_force_counts() -> None:
    old = RootStore(STORE.path, (Made("root", "root", days=-1).build(), ROOT))
    assert trust(LEAF, MIDDLE, store=old).trust == "trusted"
    assert reasons(trust(LEAF, MIDDLE, store=RootStore(STORE.path, old.roots[:1]))) == {"expired"}
