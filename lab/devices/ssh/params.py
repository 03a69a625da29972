"""Parameters of an SSH server."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from lab.devices.kind import KindParams
from lab.devices.parameters import Line
from lab.devices.ssh.algorithms import ciphers, key_exchanges, macs

HostKeyName = Literal[
    "ssh-ed25519",
    "rsa-1024",
    "rsa-2048",
    "rsa-3072",
    "rsa-4096",
    "ecdsa-p256",
    "ecdsa-p384",
    "ecdsa-p521",
    "ssh-dss",
]
RsaSignature = Literal["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]
BANNER_PREFIXES = ("SSH-2.0-", "SSH-1.99-")  # RFC 4253, 4.2 and 5.1


class SshParams(KindParams):
    """Exact lists, in the server's order of preference."""

    banner: Line = Field("SSH-2.0-OpenSSH_9.6", examples=["SSH-2.0-RTX1210"])
    kex: tuple[str, ...] = Field(
        ("curve25519-sha256", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha256"),
        min_length=1,
        examples=[["diffie-hellman-group1-sha1"]],
    )
    host_keys: tuple[HostKeyName, ...] = Field(("ssh-ed25519",), min_length=1, examples=[["rsa-1024", "ssh-dss"]])
    ciphers: tuple[str, ...] = Field(("aes256-ctr", "aes128-ctr"), min_length=1, examples=[["3des-cbc"]])
    macs: tuple[str, ...] = Field(("hmac-sha2-256",), min_length=1, examples=[["hmac-md5"]])
    rsa_signatures: tuple[RsaSignature, ...] = Field(
        ("rsa-sha2-512", "rsa-sha2-256"),
        min_length=1,
        examples=[["ssh-rsa"]],
        description="signatures of an RSA host key",
    )
    strict_kex: bool = Field(True, examples=[False], description="offers kex-strict-s-v00@openssh.com and ext-info-s")

    @field_validator("banner")
    @classmethod
    def _identifies(cls, banner: str) -> str:
        """Refuse what no client would take for SSH 2."""
        if not banner.startswith(BANNER_PREFIXES) or not banner.isascii():
            raise PydanticCustomError("ssh_banner", "expected SSH-2.0-… or SSH-1.99-…")
        return banner

    @field_validator("kex")
    @classmethod
    def _known_kex(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a key exchange that we can't even offer."""
        return check_known(names, key_exchanges())

    @field_validator("ciphers")
    @classmethod
    def _known_ciphers(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a cipher that we can't even offer."""
        return check_known(names, ciphers())

    @field_validator("macs")
    @classmethod
    def _known_macs(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a MAC that we can't even offer."""
        return check_known(names, macs())

    @field_validator("host_keys")
    @classmethod
    def _one_per_algorithm(cls, names: tuple[HostKeyName, ...]) -> tuple[HostKeyName, ...]:
        """Refuse two RSA keys."""
        return check_one_per_algorithm(names)


def check_known(names: tuple[str, ...], allowed: frozenset[str]) -> tuple[str, ...]:
    """Refuse names outside of `allowed`."""
    if unknown := [name for name in names if name not in allowed]:
        raise PydanticCustomError(
            "unknown_ssh_algorithm",
            "expected algorithms the lab can offer, not {names}",
            {"names": ", ".join(unknown)},
        )
    return names


def check_one_per_algorithm(names: tuple[HostKeyName, ...]) -> tuple[HostKeyName, ...]:
    """Refuse two RSA keys: a server has one host key per algorithm."""
    if sum(name.startswith("rsa-") for name in names) > 1:
        raise PydanticCustomError("two_rsa_keys", "expected at most one RSA key")
    return names
