"""Keys and certificates for test servers, made once per process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def private_key(kind: str = "rsa") -> PrivateKey:
    """Make a key: rsa (2048), rsa1024 or ec (P-256)."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 1024 if kind == "rsa1024" else 2048)


def name(common: str) -> x509.Name:
    """Give a name with organisation and common name."""
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


@cache
def certificate(kind: str = "rsa", names: Sequence[str] = ("ehr.example.jp",)) -> x509.Certificate:
    """Make a self-signed certificate; the first name is the common name."""
    key = private_key(kind)
    alt = [x509.DNSName(n) for n in names] + [x509.IPAddress(ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(name(names[0]))
        .issuer_name(name(names[0]))
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(BEGIN)
        .not_valid_after(END)
        .add_extension(x509.SubjectAlternativeName(alt), critical=False)
        .sign(key, hashes.SHA256())
    )


def pem_pair(kind: str = "rsa", names: Sequence[str] = ("ehr.example.jp",)) -> tuple[str, str]:
    """Give (certificate, key) as PEM."""
    key = private_key(kind).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return certificate(kind, tuple(names)).public_bytes(Encoding.PEM).decode(), key.decode()
