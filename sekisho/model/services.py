"""What the survey knows of one service so far; scanners decide from it whether they apply."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Final

from sekisho.model.facts import FtpFeatures, Greeting, HttpAnswer, TlsVersions
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier

_GATEWAYS: Final = frozenset({"network", ""})
_SERVERS: Final = _GATEWAYS | {"server"}


@dataclass(frozen=True, slots=True)
class ServiceView:
    """One open port with the facts found until now.

    protocol: what the answer to one request proved it to speak (postgresql, ldap, …), "" if none did. declines_tls: it
    said beforehand that it can't move to TLS, or must not be made to. category: register category of the device, "" if
    unknown. settings: what the engagement declares for it
    (`community` present when an SNMP secret covers the address; `names` for SNI).
    """

    address: IPAddress
    transport: str
    port: int
    tier: Tier
    category: str = ""
    greeting: Greeting | None = None
    http: HttpAnswer | None = None
    tls: TlsVersions | None = None
    ftp: FtpFeatures | None = None
    protocol: str = ""
    declines_tls: bool = False
    nmap_wanted: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def may_serve(self) -> bool:
        """Tell whether names or the time may be served here: a network device, a server, or a device nobody knows."""
        return self.category in _SERVERS

    @property
    def has_tls(self) -> bool:
        """Tell whether TLS was proved here, as far as it is known by now."""
        return self.tls is not None and self.tls.speaks_tls

    def waits_at(self, ports: Container[int]) -> bool:
        """Tell whether it is one of these TCP ports, did not speak first, and may be asked for what it speaks."""
        is_waiting = self.greeting is None or self.greeting.protocol == "silent"
        return is_waiting and self.transport == "tcp" and self.tier >= Tier.T2 and self.port in ports

    @property
    def may_be_gateway(self) -> bool:
        """Tell whether tunnels may end here: a network device by the register, or a device nobody knows (ADR 0022)."""
        return self.category in _GATEWAYS
