"""TLS of real software: what its configuration needs, from the same parameters as the servers of ours."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from lab.devices.kind import Command, Place
from lab.devices.tls.openssl_engine import cipher_list, dh_group
from lab.devices.tls.params import TlsParams

PROTOCOLS = {"tls1.0": "TLSv1", "tls1.1": "TLSv1.1", "tls1.2": "TLSv1.2", "tls1.3": "TLSv1.3"}
"""OpenSSL's names, which most configuration files share."""


class OpensslParams(TlsParams):
    """What a server that is built on Debian's OpenSSL can accept: no SSL 3.0, no RC4, no 3DES."""

    suites: tuple[str, ...] = Field(
        (), examples=[["ECDHE-RSA-AES128-SHA"]], description=TlsParams.model_fields["suites"].description
    )

    @model_validator(mode="after")
    def _of_openssl(self) -> OpensslParams:
        """Refuse what only an imitation can serve."""
        if self.engine() != "openssl":
            raise PydanticCustomError("not_openssl", "expected versions and suites that Debian's OpenSSL still serves")
        return self


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Paths as the programs see them, and the list of suites."""

    certificate: str
    key: str
    dh: str
    authority: str
    ciphers: str
    environment: Command
    """Words before a command, for programs that can't name exact versions themselves: OpenSSL's own settings do."""


def write_tls(params: OpensslParams, place: Place) -> TlsFiles:
    """Write certificate, key and groups of one service."""
    identity = place.authority.issue(params.certificate, name=place.host)
    return TlsFiles(
        certificate=place.write("certificate.pem", identity.chain_file.read_bytes()),
        key=place.write("key.pem", identity.key_file.read_bytes(), mode=0o600),
        dh=place.write("dh.pem", dh_group(params.dh_bits)),
        authority=place.write("authority.pem", place.authority.ca_file.read_bytes()),
        ciphers=cipher_list(params),
        environment=("env", f"OPENSSL_CONF={place.write('openssl.cnf', _openssl_settings(params))}"),
    )


def _openssl_settings(params: OpensslParams) -> str:
    """Write what every TLS server of a program starts from (config(5), SSL_CONF_cmd(3))."""
    order = [version for version in PROTOCOLS if version in params.versions]
    refused = [f"-{name}" for version, name in PROTOCOLS.items() if version not in params.versions]
    return (
        "openssl_conf = all\n[all]\nssl_conf = servers\n[servers]\nsystem_default = default\n[default]\n"
        f"CipherString = {cipher_list(params)}\nMinProtocol = {PROTOCOLS[order[0]]}\n"
        f"MaxProtocol = {PROTOCOLS[order[-1]]}\nProtocol = {','.join(['ALL', *refused])}\n"
    )
