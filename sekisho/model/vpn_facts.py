"""Facts about VPN gateways, from what they answer before anybody logs in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pptp:
    """What a PPTP server says of itself when a control connection begins. Subject: service.

    accepted: it would have gone on (result code 1). version: of the protocol, "1.0". host, vendor: printable. firmware:
    its revision number.
    """

    accepted: bool
    version: str
    firmware: int
    host: str
    vendor: str

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        named = ", ".join(n for n in (self.host, self.vendor) if n)
        return f"PPTP {self.version}: {named or '–'} (firmware {self.firmware})"


@dataclass(frozen=True, slots=True)
class OpenVpn:
    """An OpenVPN server that begins a session with a caller who holds no shared key. Subject: service.

    That it answers shows that neither tls-auth nor tls-crypt guards it. key_method: 2, or 1 in versions before 2.0.
    """

    key_method: int

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"OpenVPN: answers without tls-auth or tls-crypt (key method {self.key_method})"


@dataclass(frozen=True, slots=True)
class L2tp:
    """What an L2TP server says of itself when a tunnel begins. Subject: service.

    accepted: it would have gone on; otherwise it closed the tunnel at once. version: of the protocol, "1.0", "" when it
    closed. firmware: its revision number, 0 if it gave none. host, vendor: printable. challenges: it wants a shared
    secret for the tunnel.
    """

    accepted: bool
    version: str
    firmware: int
    host: str
    vendor: str
    challenges: bool

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        named = ", ".join(n for n in (self.host, self.vendor) if n)
        return f"L2TP: {named or '–'} (firmware {self.firmware:#06x})"


VpnFact = Pptp | OpenVpn | L2tp
