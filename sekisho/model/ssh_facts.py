"""What an SSH service says before anybody logs in: its banner, its lists in both directions, its host keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STRICT_KEX: Final = "kex-strict-s-v00@openssh.com"
"""Announces the counter-measure to Terrapin (OpenSSH PROTOCOL, section 1.9)."""
_CHACHA20: Final = ("chacha20-poly1305@openssh.com", "chacha20-poly1305")
_ETM: Final = "-etm@openssh.com"


@dataclass(frozen=True, slots=True)
class SshDirection:
    """Lists of one direction, in the server's order of preference."""

    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    compressions: tuple[str, ...]

    @property
    def open_to_terrapin(self) -> tuple[str, ...]:
        """Give the names that Terrapin needs and finds, were strict key exchange missing; empty = none."""
        chacha20 = tuple(c for c in self.ciphers if c in _CHACHA20)
        cbc = tuple(c for c in self.ciphers if c.partition("@")[0].endswith("-cbc"))
        etm = tuple(m for m in self.macs if m.endswith(_ETM))
        return (*chacha20, *cbc, *etm) if cbc and etm else chacha20


@dataclass(frozen=True, slots=True)
class SshOffer:
    """Banner and KEXINIT lists of an SSH service, in its own order. Subject: service.

    protocol: "2.0", "1.99" or "1.5" (1.5 has no lists). rsa_bits: size of the RSA host key where it was read, 0 where
    it was not.
    """

    banner: str
    protocol: str
    software: str
    kex: tuple[str, ...]
    host_keys: tuple[str, ...]
    to_client: SshDirection
    to_server: SshDirection
    rsa_bits: int = 0

    @property
    def ciphers(self) -> tuple[str, ...]:
        """Ciphers of either direction, those towards the client first."""
        return _either(self.to_client.ciphers, self.to_server.ciphers)

    @property
    def macs(self) -> tuple[str, ...]:
        """MACs of either direction, those towards the client first."""
        return _either(self.to_client.macs, self.to_server.macs)

    @property
    def has_strict_kex(self) -> bool:
        """Tell whether the server announces strict key exchange."""
        return STRICT_KEX in self.kex

    @property
    def open_to_terrapin(self) -> tuple[str, ...]:
        """Give the algorithms that the Terrapin attack needs, as far as offered without its counter-measure.

        ChaCha20-Poly1305 by itself, CBC ciphers together with an encrypt-then-MAC MAC of the same direction.
        Source: CVE-2023-48795 (NVD); Bäumer, Brinkmann, Schwenk: Terrapin Attack (USENIX Security 2024), table 1.
        """
        if self.has_strict_kex:
            return ()
        return _either(self.to_client.open_to_terrapin, self.to_server.open_to_terrapin)


@dataclass(frozen=True, slots=True)
class SshHostKey:
    """A host key the service proved or showed. Subject: service. sha256: OpenSSH form without "SHA256:"."""

    key_type: str
    key_bits: int
    sha256: str


def _either(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Join two lists without repeating a name."""
    return tuple(dict.fromkeys((*first, *second)))
