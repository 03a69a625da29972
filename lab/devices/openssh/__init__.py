"""OpenSSH's sshd, the real one, with any algorithm that it still knows; nobody has a password."""

from __future__ import annotations

from typing import Literal

from asyncssh import SSHKey
from pydantic import Field, field_validator

from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line
from lab.devices.ssh import make_host_key
from lab.devices.ssh.params import HostKeyName, RsaSignature, check_known, check_one_per_algorithm

# What `ssh -Q kex|cipher|mac` of OpenSSH 9.2 prints.
KEX = frozenset(
    {
        "diffie-hellman-group1-sha1",
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group14-sha256",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512",
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group-exchange-sha256",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "sntrup761x25519-sha512@openssh.com",
    }
)
CIPHERS = frozenset(
    {
        "3des-cbc",
        "aes128-cbc",
        "aes192-cbc",
        "aes256-cbc",
        "aes128-ctr",
        "aes192-ctr",
        "aes256-ctr",
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
    }
)
PLAIN_MACS = ("hmac-sha1", "hmac-sha1-96", "hmac-sha2-256", "hmac-sha2-512", "hmac-md5", "hmac-md5-96")
UMACS = ("umac-64", "umac-128")
MACS = frozenset(
    {
        *PLAIN_MACS,
        *(f"{name}-etm@openssh.com" for name in (*PLAIN_MACS, *UMACS)),
        *(f"{name}@openssh.com" for name in UMACS),
    }
)
SIGNATURES = {
    "ssh-ed25519": "ssh-ed25519",
    "ssh-dss": "ssh-dss",
    "ecdsa-p256": "ecdsa-sha2-nistp256",
    "ecdsa-p384": "ecdsa-sha2-nistp384",
    "ecdsa-p521": "ecdsa-sha2-nistp521",
}


class OpensshParams(KindParams):
    """Exact lists, in the server's order of preference; empty = Debian's own."""

    kex: tuple[str, ...] = Field((), examples=[["diffie-hellman-group1-sha1"]])
    host_keys: tuple[HostKeyName, ...] = Field(("ssh-ed25519",), min_length=1, examples=[["rsa-1024", "ssh-dss"]])
    ciphers: tuple[str, ...] = Field((), examples=[["3des-cbc"]])
    macs: tuple[str, ...] = Field((), examples=[["hmac-md5"]])
    rsa_signatures: tuple[RsaSignature, ...] = Field(
        ("rsa-sha2-512", "rsa-sha2-256"),
        min_length=1,
        examples=[["ssh-rsa"]],
        description="signatures of an RSA host key",
    )
    addendum: Line = Field("", examples=["hospital-gw"], description="behind the version in the banner")
    debian_banner: bool = Field(True, examples=[False], description="the distribution's own version in the banner")
    authentication: Literal["password", "publickey"] = Field("password", examples=["publickey"])

    @field_validator("kex")
    @classmethod
    def _known_kex(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a key exchange that this version doesn't have."""
        return check_known(names, KEX)

    @field_validator("ciphers")
    @classmethod
    def _known_ciphers(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a cipher that this version doesn't have."""
        return check_known(names, CIPHERS)

    @field_validator("macs")
    @classmethod
    def _known_macs(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a MAC that this version doesn't have."""
        return check_known(names, MACS)

    @field_validator("host_keys")
    @classmethod
    def _one_per_algorithm(cls, names: tuple[HostKeyName, ...]) -> tuple[HostKeyName, ...]:
        """Refuse two RSA keys."""
        return check_one_per_algorithm(names)


def prepare(params: OpensshParams, place: Place) -> tuple[Program, ...]:
    """Write host keys and sshd_config."""
    keys = [write_host_key(place, name, make_host_key(place.host, name)) for name in params.host_keys]
    signatures = [
        signature
        for name in params.host_keys
        for signature in (params.rsa_signatures if name.startswith("rsa-") else (SIGNATURES[name],))
    ]
    lists = {"KexAlgorithms": params.kex, "Ciphers": params.ciphers, "MACs": params.macs}
    takes_password = "yes" if params.authentication == "password" else "no"
    lines = [
        f"Port {place.port}",
        *(f"HostKey {key}" for key in keys),
        f"HostKeyAlgorithms {','.join(signatures)}",
        *(f"{name} {','.join(chosen)}" for name, chosen in lists.items() if chosen),
        f"VersionAddendum {params.addendum or 'none'}",
        f"DebianBanner {'yes' if params.debian_banner else 'no'}",
        f"PasswordAuthentication {takes_password}",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin no",
        "RequiredRSASize 1024",
        "UsePAM no",
        "PidFile none",
    ]
    configuration = place.write("sshd_config", "\n".join(lines) + "\n")
    return (Program(("/usr/sbin/sshd", "-D", "-e", "-f", configuration), before=(("mkdir", "-p", "/run/sshd"),)),)


def write_host_key(place: Place, name: str, key: SSHKey) -> str:
    """Write a host key in the form that all SSH servers' tools read."""
    return place.write(f"host-{name}", key.export_private_key("openssh"), mode=0o600)


KIND = Kind(
    name="openssh",
    params=OpensshParams,
    transports=("tcp",),
    software=Software(packages=("openssh-server",), prepare=prepare),
)
