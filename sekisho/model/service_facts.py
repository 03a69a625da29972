"""Facts about further services that answer before any log-in, and what they show of demanding one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_SECURITY: Final = {
    1: "none", 2: "VNC password", 5: "RA2", 6: "RA2ne", 16: "Tight", 17: "Ultra", 18: "TLS", 19: "VeNCrypt", 20: "SASL",
    21: "MD5 hash", 22: "xvp", 30: "Apple", 35: "Apple 2", 129: "RA2 256", 130: "RA2ne 256",
}  # fmt: skip
"""Numbers of security types → names (RFC 6143 §8.1.2 and the registry it names, read 2026-11-21)."""


@dataclass(frozen=True, slots=True)
class VncSecurity:
    """Ways of logging in that a VNC server offers. Subject: service. version: its own. types: as it lists them."""

    version: str
    types: tuple[int, ...]

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        names = ", ".join(_SECURITY.get(number, f"type {number}") for number in self.types)
        return f"RFB {self.version}, log-in: {names}"


@dataclass(frozen=True, slots=True)
class LogInDemand:
    """What a service of data or screens showed of demanding a log-in; derived by the inventory. Subject: service.

    answer: answered (without one) | demanded | refused (it takes no callers like us) | not_seen (the request tells
    nothing of it) | not_identified (open on a usual port of such a service).
    """

    protocol: str
    answer: str


@dataclass(frozen=True, slots=True)
class HttpBegun:
    """An HTTP response that began and could not be read to the end of its headers. Subject: service.

    It proves the protocol and shows no page. status: of its first line. tls: whether it came inside TLS.
    """

    status: int
    tls: bool


@dataclass(frozen=True, slots=True)
class LdapRoot:
    """What an LDAP server tells everybody of itself. Subject: service.

    result: code of the search, 0 when it was answered. contexts: roots of the directory, as named. host: its own name
    (Active Directory). offers_tls: StartTLS is among its extensions; None when it lists none. tls: it was asked inside
    TLS.
    """

    result: int
    vendor: str
    version: str
    host: str
    contexts: tuple[str, ...]
    offers_tls: bool | None
    tls: bool = False

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        named = " ".join(n for n in (self.vendor, self.version, self.host) if n)
        return f"LDAP: {named or '–'} ({', '.join(self.contexts) or 'no naming context'})"


@dataclass(frozen=True, slots=True)
class NtpServer:
    """Answer of a time server to a client's question. Subject: service.

    stratum: distance from a clock, 0 where it declines, with the reason in kiss. synchronised: it vouches for its time.
    """

    version: int
    stratum: int
    synchronised: bool
    kiss: str

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        if self.kiss:
            return f"NTP {self.version}: declines ({self.kiss})"
        return f"NTP {self.version}: stratum {self.stratum}, {'' if self.synchronised else 'not '}synchronised"


@dataclass(frozen=True, slots=True)
class DnsServer:
    """Answer of a name server to a question with the recursion bit. Subject: service.

    recursion: it says that it looks names up for callers like us. code: of the answer (0 answered, 3 no such name,
    5 refused).
    """

    recursion: bool
    code: int

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"DNS: recursion {'' if self.recursion else 'not '}available (code {self.code})"


@dataclass(frozen=True, slots=True)
class RadminAnswer:
    """What a Radmin server answered before any log-in. Subject: service.

    version: 2 | 3, or 0 where it only says that it shuts callers out.
    """

    version: int

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"Radmin {self.version}" if self.version else "Radmin: refuses callers from elsewhere"


ServiceFact = VncSecurity | LogInDemand | HttpBegun | LdapRoot | NtpServer | DnsServer | RadminAnswer
