"""Chains of certificates held against the roots that the engagement chose; facts about what was sent need none.

The way to a root is built here, with a reason of our own for each thing wrong on it; a chain counts as trusted only if
the verifier of `cryptography` takes it as well. No certificate is fetched and no revocation is looked up.
Source: RFC 5280 §4.2.1.3 and §4.2.1.9 (who may sign certificates), §6.1 (path validation); RFC 5246 §7.4.2 (order);
RFC 9155 (SHA-1), RFC 6151 (MD5), read 2026-11-21.
Limits: name constraints, policies and path lengths are left to the verifier. Without a store nobody can tell a root
that was rightly left out from an intermediate that is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from sekisho.model.facts import CertificateChain
from sekisho.model.roots import RootStore
from sekisho.model.tls_facts import CertificateTrust, ChainProblem

_BROKEN: Final = frozenset({"md2", "md4", "md5", "sha1"})  # RFC 6149, 6150, 6151, 9155
_LONGEST: Final = 10
"""Certificates on one way; ours: those in use take two to four."""
_UNREADABLE: Final = (ValueError, TypeError, KeyError, OverflowError, UnsupportedAlgorithm, x509.InvalidVersion)
TRUSTED, UNTRUSTED, UNKNOWN = "trusted", "untrusted", "unknown"


def certificate_trust(seen: CertificateChain, at: datetime, store: RootStore | None) -> CertificateTrust:
    """Say what a chain leads to. at: when it was seen; its dates are held against that."""
    leaf = seen.chain[0] if seen.chain else None
    sent = tuple(c.subject for c in seen.chain)
    plain = CertificateTrust(
        seen.sni, leaf.key if leaf else "", leaf.sha256 if leaf else "", sent, (), store.path if store else "", UNKNOWN,
        "unreadable", differs=seen.differs,
    )  # fmt: skip
    try:
        way = _Way([x509.load_der_x509_certificate(c) for c in seen.encoded], store, at, seen.sni)
        return way.judged(plain) if seen.encoded else plain
    except _UNREADABLE:  # old devices; what their leaf states is read by our lenient reader
        return plain


class _Way:
    """The way from the leaf upwards, as far as it goes."""

    def __init__(self, sent: Sequence[x509.Certificate], store: RootStore | None, at: datetime, sni: str) -> None:
        """Build it: of several certificates that could have issued one, first a root, then one whose key fits."""
        self._sent, self._store, self._at, self._sni = sent, store, at, sni
        self.path: list[x509.Certificate] = list(sent[:1])
        while self.path and len(self.path) < _LONGEST and not self._is_root(self.path[-1]):
            issuer = self._issuer(self.path[-1])
            if issuer is None:
                break
            self.path.append(issuer)

    def judged(self, plain: CertificateTrust) -> CertificateTrust:
        """Put what was found into the fact."""
        problems = tuple(dict.fromkeys(self._problems()))
        trust, why, refusal = UNTRUSTED, "", ""
        if self._store is None:
            trust, why = UNKNOWN, "no_store"
        elif not problems:
            refusal = self._refusal(self._store)
            trust, why = (UNKNOWN, "not_conforming") if refusal else (TRUSTED, "")
        return CertificateTrust(
            plain.sni, plain.key, plain.leaf, plain.sent, tuple(_name(c) for c in self.path), plain.store, trust, why,
            problems, refusal, plain.differs,
        )  # fmt: skip

    def _is_root(self, one: x509.Certificate) -> bool:
        """Tell whether the way ends here: at a chosen root, or at a certificate that signed itself."""
        return self._is_chosen(one) or one.issuer == one.subject

    def _is_chosen(self, one: x509.Certificate) -> bool:
        """Tell whether a certificate is one of the chosen roots."""
        return self._store is not None and one in self._store.roots

    def _issuer(self, one: x509.Certificate) -> x509.Certificate | None:
        """Give the certificate that issued one: by its name, rather one whose key made the signature.

        Rather one in force: an authority that was renewed with its key has an expired certificate beside the new one.
        """
        known = (*(self._store.roots if self._store else ()), *self._sent)
        named = [c for c in known if c.subject == one.issuer and c not in self.path]
        return min(named, key=lambda c: (not _is_signed(one, c), not self._is_in_force(c)), default=None)

    def _is_in_force(self, one: x509.Certificate) -> bool:
        """Tell whether the dates of a certificate fit."""
        return one.not_valid_before_utc <= self._at <= one.not_valid_after_utc

    def _problems(self) -> Iterator[ChainProblem]:
        """List what is wrong, from the leaf upwards."""
        leaf, top = self.path[0], self.path[-1]
        if self._sni and not _covers(leaf, self._sni):
            yield ChainProblem("name_mismatch", _name(leaf), self._sni)
        yield from self._order()
        for number, one in enumerate(self.path):
            yield from self._of_one(one, self.path[number - 1] if number else None)
        if self._is_chosen(top):
            return
        is_own = top.issuer == top.subject
        if is_own and top is leaf:
            yield ChainProblem("self_signed", _name(top))
        elif not is_own and top is leaf:
            yield ChainProblem("issuer_not_sent", _name(top), top.issuer.rfc4514_string())
        elif self._store is not None:
            yield ChainProblem("no_root", _name(top), top.issuer.rfc4514_string())

    def _order(self) -> Iterator[ChainProblem]:
        """Hold the order of those on the way against the order in which they were sent."""
        places = [self._sent.index(c) for c in self.path if c in self._sent]
        if places != sorted(places) or places != list(range(len(places))):
            yield ChainProblem("wrong_order", _name(self.path[0]), " → ".join(_name(c) for c in self._sent))

    def _of_one(self, one: x509.Certificate, below: x509.Certificate | None) -> Iterator[ChainProblem]:
        """List what is wrong with one certificate; of a chosen root only its dates and what it may sign count."""
        if self._at > one.not_valid_after_utc:
            yield ChainProblem("expired", _name(one), one.not_valid_after_utc.date().isoformat())
        if self._at < one.not_valid_before_utc:
            yield ChainProblem("not_yet_valid", _name(one), one.not_valid_before_utc.date().isoformat())
        if below is not None and not _may_sign(one):
            yield ChainProblem("not_a_ca", _name(one), _name(below))
        if below is not None and _is_signed(below, one) is False:
            yield ChainProblem("bad_signature", _name(below), _name(one))
        algorithm = one.signature_hash_algorithm
        is_own = one.issuer == one.subject
        if algorithm and algorithm.name.lower() in _BROKEN and not is_own and not self._is_chosen(one):
            yield ChainProblem("weak_signature", _name(one), algorithm.name.upper())

    def _refusal(self, store: RootStore) -> str:
        """Have the library verify the leaf; "" if it takes it, else why not."""
        try:
            name = self._name_to_verify()
            builder = PolicyBuilder().store(Store(list(store.roots))).time(self._at)
            builder.build_server_verifier(name).verify(self._sent[0], list(self._sent[1:]))
        except (VerificationError, *_UNREADABLE) as error:
            return " ".join(str(error).split()) or type(error).__name__
        return ""

    def _name_to_verify(self) -> x509.DNSName | x509.IPAddress:
        """Give the name asked for; without one a name of the leaf itself. Raises: ValueError without any."""
        if self._sni:
            return x509.DNSName(self._sni.rstrip("."))
        for name in _alternative_names(self._sent[0]):
            if isinstance(name, x509.IPAddress):
                return name
            if isinstance(name, x509.DNSName):
                return x509.DNSName(name.value.replace("*", "www", 1))
        msg = "the leaf names no host (subjectAltName)"
        raise ValueError(msg)


def _name(one: x509.Certificate) -> str:
    """Name a certificate for people; without a subject by its digest."""
    return one.subject.rfc4514_string() or hashlib.sha256(one.tbs_certificate_bytes).hexdigest()[:16]


def _is_signed(one: x509.Certificate, issuer: x509.Certificate) -> bool | None:
    """Tell whether the key of one certificate made the signature of another; None where the library can't compute it.

    Then nothing is said of it here: a broken hash has a reason of its own, and anything else the verifier refuses.
    """
    try:
        one.verify_directly_issued_by(issuer)
    except InvalidSignature:
        return False
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return True


def _may_sign(one: x509.Certificate) -> bool:
    """Tell whether a certificate may sign others: version 1 roots had no way to say so (RFC 5280 §4.2.1.9)."""
    try:
        constraints = one.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return one.version is x509.Version.v1 and one.issuer == one.subject
    try:
        usage = one.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return constraints.ca
    return constraints.ca and usage.key_cert_sign


def _alternative_names(one: x509.Certificate) -> tuple[x509.GeneralName, ...]:
    """Give the names in subjectAltName."""
    try:
        return tuple(one.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return ()


def _covers(leaf: x509.Certificate, asked: str) -> bool:
    """Tell whether a leaf covers a name, as `tls.certificate` does: the common name only where there is no other."""
    wanted = asked.lower().rstrip(".")
    names = [str(n.value).lower() for n in _alternative_names(leaf) if isinstance(n, (x509.DNSName, x509.IPAddress))]
    if not names:
        names = [str(a.value).lower() for a in leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[-1:]]
    return wanted in names or f"*.{wanted.partition('.')[2]}" in names
