"""What a TLS service took of offers that held less than everything: the facts behind suites and key exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NO_FORWARD_SECRECY: Final = "no_forward_secrecy"
NO_COMMON_AEAD: Final = "no_common_aead"
DHE: Final = "dhe"
SMALL_CURVE: Final = "small_curve"
TLS_CLASSES: Final = (NO_FORWARD_SECRECY, NO_COMMON_AEAD, DHE, SMALL_CURVE)
"""Classes offered alone with TLS 1.2: no ephemeral key exchange, or an anonymous one; forward-secret suites besides
those with AES-GCM, AES-CCM, ChaCha20 and Camellia-GCM (CBC, NULL, RC4, CCM_8, ARIA, DSS …); DHE alone; ECDHE on curves
below 256 bits alone."""


@dataclass(frozen=True, slots=True)
class TlsChoice:
    """What a service took of one hello.

    limited_to: "" when everything we know of that version was offered, else one of TLS_CLASSES. answer: accepted |
    refused | untried (not offered, or no usable answer). suite: IANA name, "" unless accepted. exchange: dhe | ecdhe |
    rsa_export | "" (none of these, or not read). group: name of the curve or group. bits: its size, X25519 as 256; 0
    where it was not read.
    """

    version: str
    limited_to: str
    answer: str
    suite: str = ""
    exchange: str = ""
    group: str = ""
    bits: int = 0


@dataclass(frozen=True, slots=True)
class TlsClasses:
    """Suites and key exchanges a service takes, as far as single offers show it. Subject: service.

    chosen: one per accepted version, oldest first, of everything offered. classes: one per class of TLS_CLASSES, empty
    unless TLS 1.2 was accepted. possible: the TLS 1.2 suites that no refused offer held, so that the service may take
    them (sorted; empty unless TLS 1.2 was accepted). untried: versions of which nobody knows whether they are accepted.
    not_offered: (version, or class of TLS_CLASSES; why) of the offers that could not be made; why as in TlsVersions.
    """

    chosen: tuple[TlsChoice, ...]
    classes: tuple[TlsChoice, ...] = ()
    possible: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    not_offered: tuple[tuple[str, str], ...] = ()

    @property
    def taken(self) -> tuple[TlsChoice, ...]:
        """Give every choice that was accepted, limited or not."""
        return (*self.chosen, *(c for c in self.classes if c.answer == "accepted"))

    def of(self, limited_to: str) -> TlsChoice | None:
        """Give the choice for one class, None where TLS 1.2 was not accepted."""
        return next((c for c in self.classes if c.limited_to == limited_to), None)
