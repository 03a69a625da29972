"""X.509 certificates as facts: read by `cryptography`, and by our lenient reader where that refuses.

Source: RFC 5280 §4, RFC 8017 appendix B.1 and RFC 5758 (signature algorithms), read 2026-11-21.
Limits: nothing is verified, neither signature nor chain; self_signed means that subject and issuer are the same name.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from scanners.tls import der
from sekisho.errors import ParseError
from sekisho.model.facts import Certificate

_PSS: Final = "1.2.840.113549.1.1.10"
_SIGNATURE_HASHES: Final = {
    "1.2.840.113549.1.1.2": "md2", "1.2.840.113549.1.1.3": "md4", "1.2.840.113549.1.1.4": "md5",
    "1.2.840.113549.1.1.5": "sha1", "1.3.14.3.2.29": "sha1", "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.113549.1.1.11": "sha256", "1.2.840.113549.1.1.12": "sha384", "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.10045.4.1": "sha1", "1.2.840.10045.4.3.1": "sha224", "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384", "1.2.840.10045.4.3.4": "sha512", "1.2.840.10040.4.3": "sha1",
    "2.16.840.1.101.3.4.3.1": "sha224", "2.16.840.1.101.3.4.3.2": "sha256",
    "2.16.840.1.101.3.4.3.14": "sha3-256",
}  # fmt: skip
_REFUSALS: Final = (ValueError, TypeError, KeyError, OverflowError, UnsupportedAlgorithm, x509.InvalidVersion)


def read_chain(chain: Sequence[bytes]) -> tuple[Certificate, ...]:
    """Read certificates, leaf first, up to the first that can't be read: no other may take the leaf's place."""
    found: list[Certificate] = []
    for encoded in chain:
        try:
            found.append(read_certificate(encoded))
        except ParseError:
            break
    return tuple(found)


def read_certificate(encoded: bytes) -> Certificate:
    """Read one DER certificate. Raises: ParseError when not even the lenient reader finds its fields."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library warns of what we come to report
            return _strict(encoded)
    except _REFUSALS:
        return _lenient(encoded)


def _strict(encoded: bytes) -> Certificate:
    """Read by the library. Raises: one of _REFUSALS."""
    cert = x509.load_der_x509_certificate(encoded)
    key, bits = _key(cert)
    algorithm = cert.signature_hash_algorithm
    common = cert.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return Certificate(
        sha256=hashlib.sha256(encoded).hexdigest(),
        subject=cert.subject.rfc4514_string(),
        issuer=cert.issuer.rfc4514_string(),
        common_name=str(common[-1].value) if common else "",
        names=_names(cert),
        not_before=cert.not_valid_before_utc,
        not_after=cert.not_valid_after_utc,
        key=key,
        key_bits=bits,
        signature_hash=algorithm.name.lower() if algorithm else "",
        self_signed=cert.subject == cert.issuer,
        scts=_timestamps(cert),
        must_staple=_must_staple(cert),
    )


def _timestamps(cert: x509.Certificate) -> int:
    """Count the embedded timestamps of transparency logs."""
    try:
        return len(cert.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value)
    except x509.ExtensionNotFound:
        return 0


def _must_staple(cert: x509.Certificate) -> bool:
    """Tell whether the certificate demands a stapled OCSP answer."""
    try:
        features = cert.extensions.get_extension_for_class(x509.TLSFeature).value
    except x509.ExtensionNotFound:
        return False
    return x509.TLSFeatureType.status_request in features


def _lenient(encoded: bytes) -> Certificate:
    """Read by our own reader. Raises: ParseError."""
    loose = der.read_certificate(encoded)
    return Certificate(
        sha256=hashlib.sha256(encoded).hexdigest(),
        subject=loose.subject,
        issuer=loose.issuer,
        common_name=loose.common_name,
        names=loose.names,
        not_before=loose.not_before,
        not_after=loose.not_after,
        key=loose.key,
        key_bits=loose.key_bits,
        signature_hash=_signature_hash(loose),
        self_signed=loose.self_signed,
    )


def _signature_hash(loose: der.LooseCertificate) -> str:
    """Name the hash of a signature; for PSS it stands in the parameters, SHA-1 if they are silent (RFC 8017 A.2.3)."""
    if loose.signature != _PSS:
        return _SIGNATURE_HASHES.get(loose.signature, "")
    digests = {"sha256": "608648016503040201", "sha384": "608648016503040202", "sha512": "608648016503040203"}
    return next((n for n, oid in digests.items() if bytes.fromhex(oid) in loose.signature_parameters), "sha1")


def _key(cert: x509.Certificate) -> tuple[str, int]:
    """Give kind and size of the public key."""
    public = cert.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        return "rsa", public.key_size
    if isinstance(public, ec.EllipticCurvePublicKey):
        return "ec", public.curve.key_size
    if isinstance(public, dsa.DSAPublicKey):
        return "dsa", public.key_size
    if isinstance(public, ed25519.Ed25519PublicKey):
        return "ed25519", 256
    return ("ed448", 456) if isinstance(public, ed448.Ed448PublicKey) else ("unknown", 0)


def _names(cert: x509.Certificate) -> tuple[str, ...]:
    """Give dNSName and iPAddress entries in their order."""
    try:
        general = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    kept = (n for n in general if isinstance(n, (x509.DNSName, x509.IPAddress)))
    return tuple(str(n.value).lower() for n in kept)
