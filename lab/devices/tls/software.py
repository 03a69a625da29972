"""TLS of real software: what its configuration needs, from the same parameters as the servers of ours."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from lab.devices.kind import Place
from lab.devices.tls.openssl_engine import cipher_list, dh_group
from lab.devices.tls.params import TlsParams


class OpensslParams(TlsParams):
    """What a server that is built on Debian's OpenSSL can accept: no SSL 3.0, no RC4, no 3DES."""

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


def write_tls(params: OpensslParams, place: Place) -> TlsFiles:
    """Write certificate, key and groups of one service."""
    identity = place.authority.issue(params.certificate, name=place.host)
    return TlsFiles(
        certificate=place.write("certificate.pem", identity.chain_file.read_bytes()),
        key=place.write("key.pem", identity.key_file.read_bytes(), mode=0o600),
        dh=place.write("dh.pem", dh_group(params.dh_bits)),
        authority=place.write("authority.pem", place.authority.ca_file.read_bytes()),
        ciphers=cipher_list(params),
    )
