"""Serves TLS 1.0 to 1.3 with the ssl module, old versions and suites included."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path

from tlslite.mathtls import FFDHE2048, FFDHE3072, RFC2409_GROUP2

from lab.devices.authority import der
from lab.devices.kind import Site
from lab.devices.tls.params import TlsParams
from lab.devices.tls.suites import codes, is_tls13, openssl_names

VERSIONS = {
    "tls1.0": ssl.TLSVersion.TLSv1,
    "tls1.1": ssl.TLSVersion.TLSv1_1,
    "tls1.2": ssl.TLSVersion.TLSv1_2,
    "tls1.3": ssl.TLSVersion.TLSv1_3,
}
REFUSE = {
    "tls1.0": ssl.OP_NO_TLSv1,
    "tls1.1": ssl.OP_NO_TLSv1_1,
    "tls1.2": ssl.OP_NO_TLSv1_2,
    "tls1.3": ssl.OP_NO_TLSv1_3,
}
VERIFY = {"none": ssl.CERT_NONE, "request": ssl.CERT_OPTIONAL, "require": ssl.CERT_REQUIRED}
DH_GROUPS: dict[int, tuple[int, int]] = {1024: RFC2409_GROUP2, 2048: FFDHE2048, 3072: FFDHE3072}


def build_context(params: TlsParams, site: Site) -> ssl.SSLContext:
    """Make the context of one service; its certificate is issued here."""
    identity = site.authority.issue(params.certificate, name=site.host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(cipher_list(params))
    order = [version for version in VERSIONS if version in params.versions]
    context.minimum_version = VERSIONS[order[0]]
    context.maximum_version = VERSIONS[order[-1]]
    for version, option in REFUSE.items():
        if version not in params.versions:
            context.options |= option
    context.load_cert_chain(identity.chain_file, identity.key_file)
    context.load_dh_params(str(_dh_file(site, params.dh_bits)))
    context.verify_mode = VERIFY[params.client_auth]
    if params.client_auth != "none":
        context.load_verify_locations(site.authority.ca_file)
    return context


def cipher_list(params: TlsParams) -> str:
    """Write the suites below TLS 1.3 as OpenSSL reads them."""
    names = [openssl_names()[codes()[name]] for name in params.suite_names() if not is_tls13(codes()[name])]
    # Level 0 first: above it OpenSSL refuses short keys, SHA-1 and everything before TLS 1.2.
    return ":".join(["@SECLEVEL=0", *names]) if names else "DEFAULT:@SECLEVEL=0"


def build_upgrade(params: TlsParams | bool, site: Site) -> ssl.SSLContext | None:
    """Make the context that a service in clear text moves to; True for the usual one, False for none."""
    if params is False:
        return None
    return build_context(TlsParams.model_validate({}) if params is True else params, site)


def dh_group(bits: int) -> str:
    """Write the group for DHE suites as PEM."""
    generator, prime = DH_GROUPS[bits]
    # DHParameter of PKCS #3: SEQUENCE of prime and base, both with a leading zero bit.
    numbers = b"".join(der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big")) for number in (prime, generator))
    body = base64.encodebytes(der(0x30, numbers)).decode("ascii")
    return f"-----BEGIN DH PARAMETERS-----\n{body}-----END DH PARAMETERS-----\n"


def _dh_file(site: Site, bits: int) -> Path:
    """Write the group for DHE suites, which the ssl module only reads from a file."""
    path = site.authority.ca_file.with_name(f"dh{bits}.pem")
    path.write_text(dh_group(bits), encoding="ascii")
    return path
