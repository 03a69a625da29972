"""The lab's own certificate authority: made per run, it issues every certificate that isn't self-signed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from lab.devices.certificate import BROKEN_SIGNATURES, CertificateParams

LeafKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
CURVES: dict[str, ec.EllipticCurve] = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303 - broken on purpose: old devices have such certificates
    "sha1": hashes.SHA1(),  # noqa: S303 - the same
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
PKCS1 = bytes.fromhex("2a864886f70d0101")  # 1.2.840.113549.1.1, whose next arc names the hash (RFC 8017, A.2.4)
RSA_ARC = {"md5": 4, "sha1": 5, "sha256": 11}


@dataclass(frozen=True, slots=True)
class Identity:
    """A key and its certificate, as PEM and as files."""

    key_file: Path
    chain_file: Path


class Authority:
    """Issues certificates into one folder; its own key is made when first needed."""

    def __init__(self, folder: Path, now: datetime) -> None:
        """Keep folder and time; nothing is made yet."""
        self._folder = folder
        self._now = now
        self._root: tuple[rsa.RSAPrivateKey, x509.Certificate] | None = None
        self._issued: dict[tuple[str, CertificateParams], Identity] = {}

    @property
    def ca_file(self) -> Path:
        """The authority's certificate, which clients of the lab may trust."""
        self._authority()
        return self._folder / "ca.pem"

    def issue(self, params: CertificateParams, *, name: str) -> Identity:
        """Make key and certificate of the device `name`, which is the common name where none is given.

        The same device and parameters give the same certificate: a device has one, not one per address.
        """
        if (known := self._issued.get((name, params))) is not None:
            return known
        identity = self._make(params, name)
        self._issued[name, params] = identity
        return identity

    def certificate_der(self, params: CertificateParams, *, name: str) -> bytes:
        """Give the certificate of the device `name` as DER."""
        chain = self.issue(params, name=name).chain_file.read_bytes()
        return x509.load_pem_x509_certificate(chain).public_bytes(serialization.Encoding.DER)

    def _make(self, params: CertificateParams, name: str) -> Identity:
        """Make a new key and certificate."""
        key = make_key(params.key)
        subject = _subject(params, name)
        builder = self._builder(params, subject).public_key(key.public_key())
        if params.self_signed:
            certificate = _sign(builder.issuer_name(subject), key, params.signature)
        else:
            root_key, root = self._authority()
            certificate = _sign(builder.issuer_name(root.subject), root_key, params.signature)
        file = self._folder / f"{name}-{len(self._issued)}"
        identity = Identity(Path(f"{file}.key"), Path(f"{file}.pem"))
        _write_key(identity.key_file, key)
        identity.chain_file.write_bytes(_pem(certificate))
        return identity

    def _builder(self, params: CertificateParams, subject: x509.Name) -> x509.CertificateBuilder:
        """Begin a service's certificate."""
        start, end = params.validity(self._now)
        self._folder.mkdir(parents=True, exist_ok=True)
        builder = (
            x509.CertificateBuilder()
            .serial_number(x509.random_serial_number())
            .subject_name(subject)
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )
        names = [_general_name(entry) for entry in params.names]
        return builder.add_extension(x509.SubjectAlternativeName(names), critical=False) if names else builder

    def _authority(self) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
        """Give key and certificate of the authority, and make them the first time."""
        if self._root is None:
            key = rsa.generate_private_key(65537, 2048)
            name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Sekisho lab authority")])
            certificate = (
                x509.CertificateBuilder()
                .serial_number(x509.random_serial_number())
                .subject_name(name)
                .issuer_name(name)
                .public_key(key.public_key())
                # Far back, so that a service's own expiry date is the only one that matters.
                .not_valid_before(self._now - timedelta(days=3650))
                .not_valid_after(self._now + timedelta(days=3650))
                .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                .sign(key, hashes.SHA256())
            )
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / "ca.pem").write_bytes(_pem(certificate))
            self._root = (key, certificate)
        return self._root


def new_authority(folder: Path) -> Authority:
    """Make the authority of a run that starts now."""
    return Authority(folder, datetime.now(UTC))


def make_key(name: str) -> LeafKey:
    """Make a key such as rsa-1024 or ec-p256."""
    family, _, size = name.partition("-")
    return ec.generate_private_key(CURVES[size]) if family == "ec" else rsa.generate_private_key(65537, int(size))


def _subject(params: CertificateParams, name: str) -> x509.Name:
    """Give the subject: as told, else the first name, else the service's."""
    if params.subject is not None and "=" in params.subject:
        return x509.Name.from_rfc4514_string(params.subject)
    common_name = params.subject or (params.names[0] if params.names else name)
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    """Give an address or a DNS name."""
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _sign(builder: x509.CertificateBuilder, key: LeafKey, signature: str) -> x509.Certificate:
    """Sign, with broken hashes too, which the library's own builder refuses."""
    if signature not in BROKEN_SIGNATURES or not isinstance(key, rsa.RSAPrivateKey):
        chosen = HASHES[signature]
        assert isinstance(chosen, hashes.SHA256 | hashes.SHA384 | hashes.SHA512)  # noqa: S101 - parameters rule out others
        return builder.sign(key, chosen)
    modern = PKCS1 + bytes([RSA_ARC["sha256"]])
    broken = PKCS1 + bytes([RSA_ARC[signature]])
    # The signature algorithm stands in the signed part too; the identifiers have the same length, so no length changes.
    content = builder.sign(key, hashes.SHA256()).tbs_certificate_bytes.replace(modern, broken, 1)
    proof = key.sign(content, padding.PKCS1v15(), HASHES[signature])
    algorithm = der(0x30, der(0x06, broken) + der(0x05, b""))
    return x509.load_der_x509_certificate(der(0x30, content + algorithm + der(0x03, b"\0" + proof)))


def der(tag: int, content: bytes) -> bytes:
    """Wrap `content` in tag and length (X.690, 8.1)."""
    size = len(content)
    if size < 0x80:  # noqa: PLR2004 - X.690, 8.1.3.4: the short form holds 7 bits
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def _pem(certificate: x509.Certificate) -> bytes:
    """Give the certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_key(path: Path, key: LeafKey) -> None:
    """Write a private key that only we can read."""
    # TraditionalOpenSSL: tlslite-ng reads it for every key type.
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
