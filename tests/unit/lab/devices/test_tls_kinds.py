"""TLS kinds, spoken to by real clients: the ssl module, and tlslite-ng for what that can't speak."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import ValidationError
from tlslite.api import HandshakeSettings, TLSConnection
from tlslite.errors import TLSLocalAlert, TLSRemoteAlert

from lab.devices.kind import Running, Site
from lab.devices.registry import kinds
from lab.devices.tls.params import TlsParams

VERSIONS = {
    "tls1.0": ssl.TLSVersion.TLSv1,
    "tls1.1": ssl.TLSVersion.TLSv1_1,
    "tls1.2": ssl.TLSVersion.TLSv1_2,
    "tls1.3": ssl.TLSVersion.TLSv1_3,
}
Make = Callable[..., Site]


async def start(kind: str, params: dict[str, Any], site: Site) -> Running:
    """Serve a kind as the daemon does."""
    entry = kinds()[kind]
    running: Running = await entry.imitate(entry.params.model_validate(params), site)
    return running


def client_context(version: str | None = None) -> ssl.SSLContext:
    """A client that trusts anybody and speaks anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = VERSIONS[version or "tls1.0"]
    context.maximum_version = VERSIONS[version or "tls1.3"]
    return context


def shake_hands(site: Site, context: ssl.SSLContext) -> tuple[str | None, str, bytes]:
    """Give version, suite and certificate."""
    with socket.create_connection((site.address, site.port)) as raw, context.wrap_socket(raw) as sock:
        cipher = sock.cipher()
        assert cipher is not None
        return sock.version(), cipher[0], sock.getpeercert(binary_form=True) or b""


def accepted_versions(site: Site) -> set[str]:
    """Offer each version alone."""
    accepted = set()
    for version in VERSIONS:
        try:
            shake_hands(site, client_context(version))
        except (ssl.SSLError, ConnectionError):
            continue
        accepted.add(version)
    return accepted


def tlslite_handshake(
    site: Site, version: tuple[int, int], lowest: tuple[int, int] | None = None
) -> tuple[tuple[int, int], str]:
    """Offer a version and every suite; give version and suite agreed."""
    settings = HandshakeSettings()
    settings.minVersion, settings.maxVersion = lowest or version, version
    settings.cipherNames = ["rc4", "3des", "aes128", "aes256"]
    settings.macNames = ["sha", "md5", "sha256"]
    with socket.create_connection((site.address, site.port)) as raw:
        connection = TLSConnection(raw)
        connection.handshakeClientCert(settings=settings)
        agreed = connection.version, connection.session.getCipherName()
        connection.close()
        return agreed


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, {"tls1.2", "tls1.3"}),
        ({"versions": ["tls1.0", "tls1.2"], "suites": ["ECDHE-RSA-AES128-SHA"]}, {"tls1.0", "tls1.2"}),
        ({"versions": ["tls1.0"]}, {"tls1.0"}),
        ({"versions": ["tls1.1"]}, {"tls1.1"}),
        ({"versions": ["tls1.3"]}, {"tls1.3"}),
        ({"versions": ["ssl3", "tls1.0", "tls1.2"], "suites": ["AES128-SHA"]}, {"tls1.0", "tls1.2"}),
        (
            {"versions": ["tls1.2", "tls1.3"], "suites": ["ECDHE-RSA-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"]},
            {"tls1.2", "tls1.3"},
        ),
    ],
)
async def test_tls_accepts_exactly_its_versions(params: dict[str, Any], expected: set[str], make_site: Make) -> None:
    site = make_site()
    running = await start("tls", params, site)
    assert await asyncio.to_thread(accepted_versions, site) == expected
    running.close()


@pytest.mark.parametrize("suite", ["ECDHE-RSA-AES128-SHA", "AES256-SHA", "DHE-RSA-AES128-SHA"])
async def test_tls_accepts_exactly_its_suites(suite: str, make_site: Make) -> None:
    site = make_site()
    running = await start("tls", {"versions": ["tls1.2"], "suites": [suite]}, site)
    assert (await asyncio.to_thread(shake_hands, site, client_context()))[1] == suite
    other = client_context("tls1.2")
    other.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
    with pytest.raises(ssl.SSLError):
        await asyncio.to_thread(shake_hands, site, other)
    running.close()


async def test_tls_serves_one_chosen_suite_of_tls13(make_site: Make) -> None:
    site = make_site()
    running = await start("tls", {"versions": ["tls1.3"], "suites": ["TLS_CHACHA20_POLY1305_SHA256"]}, site)
    version, suite, _ = await asyncio.to_thread(shake_hands, site, client_context())
    assert (version, suite) == ("TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256")
    running.close()


@pytest.mark.parametrize(
    ("suites", "cipher"), [(["RC4-SHA"], "rc4"), (["DES-CBC3-SHA"], "3des"), (["TLS_RSA_WITH_RC4_128_MD5"], "rc4")]
)
async def test_tls_speaks_ssl3_with_old_suites(suites: list[str], cipher: str, make_site: Make) -> None:
    site = make_site()
    params = {"versions": ["ssl3", "tls1.0"], "suites": suites, "certificate": {"key": "rsa-1024"}}
    running = await start("tls", params, site)
    assert await asyncio.to_thread(tlslite_handshake, site, (3, 0)) == ((3, 0), cipher)
    with pytest.raises((TLSRemoteAlert, TLSLocalAlert)):
        await asyncio.to_thread(tlslite_handshake, site, (3, 2))
    running.close()


async def test_tls_fills_a_gap_between_versions_with_the_next_lower_one(make_site: Make) -> None:
    site = make_site()
    running = await start("tls", {"versions": ["ssl3", "tls1.1"], "suites": ["AES128-SHA"]}, site)
    # The RSA key exchange repeats the version first offered, so it fails unless the server remembers that.
    assert await asyncio.to_thread(tlslite_handshake, site, (3, 1), (3, 0)) == ((3, 0), "aes128")
    running.close()


@pytest.mark.parametrize("engine_suites", [[], ["RC4-SHA", "AES128-SHA"]], ids=["openssl", "tlslite"])
@pytest.mark.parametrize(("client_auth", "is_welcome"), [("request", True), ("require", False)])
async def test_tls_asks_for_a_client_certificate(
    engine_suites: list[str], client_auth: str, *, is_welcome: bool, make_site: Make
) -> None:
    site = make_site()
    params = {"versions": ["tls1.2"], "suites": engine_suites, "client_auth": client_auth, "title": "inside"}
    running = await start("https", params, site)
    if is_welcome:
        assert b"inside" in (await asyncio.to_thread(get_page, site))[1]
    else:
        with pytest.raises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
            await asyncio.to_thread(get_page, site)
    running.close()


@pytest.mark.parametrize(
    ("given", "bits", "curve"),
    [
        ("rsa-1024", 1024, None),
        ("rsa-2048", 2048, None),
        ("rsa-3072", 3072, None),
        ("ec-p256", 0, "secp256r1"),
        ("ec-p384", 0, "secp384r1"),
    ],
)
async def test_certificate_has_the_key_that_was_asked_for(
    given: str, bits: int, curve: str | None, make_site: Make
) -> None:
    site = make_site()
    running = await start("tls", {"certificate": {"key": given}}, site)
    _, _, der = await asyncio.to_thread(shake_hands, site, client_context())
    key = x509.load_der_x509_certificate(der).public_key()
    if curve is None:
        assert isinstance(key, rsa.RSAPublicKey)
        assert key.key_size == bits
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert key.curve.name == curve
    running.close()


@pytest.mark.parametrize("self_signed", [False, True])
@pytest.mark.parametrize(
    ("signature", "oid"),
    [("md5", "1.2.840.113549.1.1.4"), ("sha1", "1.2.840.113549.1.1.5"), ("sha384", "1.2.840.113549.1.1.12")],
)
async def test_certificate_is_signed_as_asked_for(
    signature: str, oid: str, *, self_signed: bool, make_site: Make
) -> None:
    site = make_site()
    certificate = {"key": "rsa-2048", "signature": signature, "self_signed": self_signed}
    running = await start("tls", {"certificate": certificate}, site)
    _, _, der = await asyncio.to_thread(shake_hands, site, client_context())
    found = x509.load_der_x509_certificate(der)
    assert found.signature_algorithm_oid.dotted_string == oid
    assert (found.issuer == found.subject) is self_signed
    # OpenSSL checks the signature itself: the chain must hold with the authority (or the certificate) as anchor.
    trusting = client_context()
    trusting.verify_mode = ssl.CERT_REQUIRED
    anchor = ssl.DER_cert_to_PEM_cert(der) if self_signed else site.authority.ca_file.read_text(encoding="ascii")
    trusting.load_verify_locations(cadata=anchor)
    await asyncio.to_thread(shake_hands, site, trusting)
    running.close()


async def test_certificate_has_its_dates_and_names(make_site: Make) -> None:
    site = make_site()
    certificate = {"not_after": "2020-02-03", "names": ["vpn.example.jp", "192.0.2.1"], "subject": "CN=box,O=Example"}
    running = await start("tls", {"certificate": certificate}, site)
    _, _, der = await asyncio.to_thread(shake_hands, site, client_context())
    found = x509.load_der_x509_certificate(der)
    assert found.not_valid_after_utc == datetime(2020, 2, 3, tzinfo=UTC)
    assert found.not_valid_before_utc == datetime(2019, 2, 3, tzinfo=UTC)
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["vpn.example.jp"]
    assert [str(entry) for entry in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.1"]
    assert found.subject.rfc4514_string() == "CN=box,O=Example"
    running.close()


def test_one_device_shows_one_certificate_on_all_its_addresses(make_site: Make) -> None:
    params = TlsParams.model_validate({})
    site = make_site()
    first = site.authority.issue(params.certificate, name="device")
    assert site.authority.issue(params.certificate, name="device") == first
    assert site.authority.issue(params.certificate, name="other") != first


def get_page(site: Site) -> tuple[http.client.HTTPResponse, bytes]:
    """Ask for the page inside TLS."""
    connection = http.client.HTTPSConnection(site.address, site.port, context=client_context("tls1.2"))
    connection.request("GET", "/")
    response = connection.getresponse()
    return response, response.read()


@pytest.mark.parametrize("suites", [[], ["RC4-SHA", "AES128-SHA"]], ids=["openssl", "tlslite"])
async def test_https_answers_inside_either_engine(suites: list[str], make_site: Make, tmp_path: Path) -> None:
    (tmp_path / "login.html").write_text("<title>ログイン</title>", encoding="utf-8")
    site = make_site()
    params = {"versions": ["tls1.2"], "suites": suites, "banner": "RTX1210", "body": "login.html"}
    running = await start("https", params, site)
    response, body = await asyncio.to_thread(get_page, site)
    assert (response.status, response.headers["Server"]) == (200, "RTX1210")
    assert body.decode() == "<title>ログイン</title>"
    running.close()


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"suites": ["EXP-RC4-MD5"]}, "unknown_suite"),
        ({"versions": ["ssl3", "tls1.2"], "suites": ["ECDHE-RSA-CAMELLIA128-SHA256"]}, "tls_engine"),
        ({"suites": ["ECDHE-ECDSA-AES128-GCM-SHA256"]}, "suite_key"),
        ({"versions": []}, "too_short"),
        ({"versions": ["ssl2"]}, "literal_error"),
        ({"certificate": {"key": "ec-p256", "signature": "sha1", "self_signed": True}}, "weak_signature"),
        ({"certificate": {"not_before_days": 5, "not_after_days": 5}}, "bad_validity"),
        ({"certificate": {"subject": "router"}}, None),
        ({"certificate": {"subject": "=a"}}, "bad_subject"),
    ],
)
def test_tls_params_refuse_what_nobody_can_serve(params: dict[str, Any], error: str | None) -> None:
    if error is None:
        TlsParams.model_validate(params)
        return
    with pytest.raises(ValidationError) as refused:
        TlsParams.model_validate(params)
    assert error in {entry["type"] for entry in refused.value.errors()}
