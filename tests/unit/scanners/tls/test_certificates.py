from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from scanners.tls import der
from scanners.tls.certificates import read_certificate, read_chain
from sekisho.errors import ParseError
from tests.unit.scanners.certs import certificate, name
from tests.unit.scanners.strategies import damaged

RSA_OID = bytes.fromhex("06092a864886f70d010101")
SHA1_RSA = bytes.fromhex("300d06092a864886f70d0101050500")
SAMPLES = [certificate(kind).public_bytes(Encoding.DER) for kind in ("rsa", "ec")]


def tlv(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    width = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | width]) + len(body).to_bytes(width, "big") + body


def odd_certificate(
    *, serial: bytes = b"\x01", begin: bytes = b"100101000000Z", end: bytes = b"300101000000Z", bits: int = 512,
    tags: Sequence[int] = (0x17, 0x17), extensions: bytes = b"",
) -> bytes:  # fmt: skip
    """Build an unsigned certificate that no library would make."""
    modulus = tlv(2, ((1 << (bits - 1)) | 1).to_bytes(bits // 8 + 1, "big"))
    key = tlv(0x30, tlv(0x30, RSA_OID, b"\x05\x00"), tlv(3, b"\x00", tlv(0x30, modulus, tlv(2, b"\x01\x00\x01"))))
    validity = tlv(0x30, tlv(tags[0], begin), tlv(tags[1], end))
    subject = name("old.example").public_bytes()
    body = tlv(0x30, tlv(0xA0, tlv(2, b"\x02")), tlv(2, serial), SHA1_RSA, subject, validity, subject, key, extensions)
    return tlv(0x30, body, SHA1_RSA, tlv(3, b"\x00" + bytes(64)))


@pytest.mark.parametrize(("kind", "bits"), [("rsa", 2048), ("rsa1024", 1024), ("ec", 256)])
def test_an_ordinary_certificate(kind: str, bits: int) -> None:
    encoded = certificate(kind).public_bytes(Encoding.DER)
    read = read_certificate(encoded)
    assert read.sha256 == hashlib.sha256(encoded).hexdigest()
    assert (read.key, read.key_bits, read.signature_hash) == (kind.rstrip("0124"), bits, "sha256")
    assert read.subject == read.issuer == "CN=ehr.example.jp,O=Test"
    assert (read.common_name, read.names, read.self_signed) == ("ehr.example.jp", ("ehr.example.jp", "127.0.0.1"), True)
    assert read.not_before == datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["rsa", "rsa1024", "ec"])
def test_the_lenient_reader_agrees_with_the_library(kind: str) -> None:
    encoded = certificate(kind).public_bytes(Encoding.DER)
    strict, loose = read_certificate(encoded), der.read_certificate(encoded)
    for field in (
        "subject",
        "issuer",
        "common_name",
        "names",
        "not_before",
        "not_after",
        "key",
        "key_bits",
        "self_signed",
    ):
        assert getattr(strict, field) == getattr(loose, field), field


@pytest.mark.parametrize(
    "encoded",
    [
        odd_certificate(),
        odd_certificate(serial=b"\xff\x80"),
        odd_certificate(serial=b""),
        odd_certificate(begin=b"1001010000Z", bits=1024),
        odd_certificate(begin=b"20100101090000+0900", tags=(0x18, 0x17), bits=1024),
        odd_certificate(end=b"99991231235959Z", tags=(0x17, 0x18)),
    ],
    ids=["512-bit key", "negative serial", "empty serial", "no seconds", "time zone", "year 9999"],
)
def test_certificates_that_libraries_refuse_are_read(encoded: bytes) -> None:
    read = read_certificate(encoded)
    assert read.not_before == datetime(2010, 1, 1, tzinfo=UTC)
    assert (read.key, read.key_bits) in {("rsa", 512), ("rsa", 1024)}
    assert (read.signature_hash, read.common_name, read.self_signed) == ("sha1", "old.example", True)


@pytest.mark.parametrize("begin", [b"", b"never", b"101301000000Z", b"100101000000+9999"])
def test_a_certificate_without_a_date_is_none(begin: bytes) -> None:
    with pytest.raises(ParseError):
        read_certificate(odd_certificate(begin=begin))


def test_alternative_names_of_an_odd_certificate_are_read() -> None:
    general = tlv(0x30, tlv(0x82, b"VPN.example"), tlv(0x87, bytes([192, 0, 2, 1])), tlv(0x87, b"x"), tlv(0x81, b"m@x"))
    san = tlv(0x30, bytes.fromhex("0603551d11"), b"\x01\x01\xff", tlv(4, general))
    extensions = tlv(0xA3, tlv(0x30, tlv(0x30, bytes.fromhex("0603551d0f"), tlv(4, b"x")), san))
    assert read_certificate(odd_certificate(extensions=extensions)).names == ("vpn.example", "192.0.2.1")


def test_no_certificate_takes_the_place_of_an_unreadable_leaf() -> None:
    assert read_chain((b"garbage", SAMPLES[0])) == ()
    assert len(read_chain((SAMPLES[0], b"garbage", SAMPLES[1]))) == 1


def test_names_in_shift_jis_are_read() -> None:
    attribute = tlv(0x30, bytes.fromhex("0603550403"), tlv(0x14, "病院".encode("cp932")))
    assert der.name_text(tlv(0x30, tlv(0x31, attribute))) == "CN=病院"


def test_special_signs_are_escaped() -> None:
    attribute = tlv(0x30, bytes.fromhex("060355040a"), tlv(0x0C, b" a,b+c "))
    assert der.name_text(tlv(0x30, tlv(0x31, attribute))) == "O=\\ a\\,b\\+c\\ "


@given(st.one_of(st.binary(max_size=200), damaged([*SAMPLES, odd_certificate()])))
def test_readers_are_total(data: bytes) -> None:
    for parse in (read_certificate, der.read_certificate, der.name_text):
        try:
            parse(data)
        except ParseError:
            continue


def with_extensions(*added: x509.ExtensionType) -> bytes:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime(2026, 11, 21, tzinfo=UTC)
    own = name("ehr.example.jp")
    made = x509.CertificateBuilder().subject_name(own).issuer_name(own).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now).not_valid_after(now.replace(year=2027))
    for one in added:
        made = made.add_extension(one, critical=False)
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def timestamps(count: int) -> x509.UnrecognizedExtension:
    """Build the list of RFC 6962 §3.3 with signatures that nobody made."""
    one = b"\0" + bytes(32) + (1_700_000_000_000).to_bytes(8, "big") + b"\0\0" + b"\x04\x03\0\x04" + bytes(4)
    listed = b"".join(len(one).to_bytes(2, "big") + one for _ in range(count))
    return x509.UnrecognizedExtension(
        x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), tlv(4, len(listed).to_bytes(2, "big") + listed)
    )


def test_must_staple_and_embedded_timestamps_are_read() -> None:
    plain = read_certificate(with_extensions())
    assert (plain.scts, plain.must_staple) == (0, False)
    stapled = read_certificate(with_extensions(x509.TLSFeature([x509.TLSFeatureType.status_request]), timestamps(2)))
    assert (stapled.scts, stapled.must_staple) == (2, True)
    other = read_certificate(with_extensions(x509.TLSFeature([x509.TLSFeatureType.status_request_v2])))
    assert other.must_staple is False


def test_a_certificate_that_only_our_reader_takes_says_nothing_of_them() -> None:
    loose = read_certificate(odd_certificate(serial=b""))
    assert (loose.scts, loose.must_staple) == (None, None)
