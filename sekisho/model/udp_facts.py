"""Facts about services that answer a single datagram: what they are, and what they tell everybody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SsdpAnswer:
    """Answer of a UPnP device to a search for itself. Subject: service.

    server: its own words about operating system and product. location: where it says that its description lies, never
    fetched. targets: kinds of device it answered for, sorted.
    """

    server: str
    location: str
    targets: tuple[str, ...]

    @property
    def is_gateway(self) -> bool:
        """Tell whether it is an Internet gateway: whoever asks may have it open ports to the outside."""
        return any(":InternetGatewayDevice:" in target for target in self.targets)

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"UPnP{' Internet gateway' if self.is_gateway else ''}: {self.server or '–'}"


@dataclass(frozen=True, slots=True)
class NatPmp:
    """Answer of a gateway to a question for its outside address by NAT-PMP. Subject: service.

    result: 0 answered, 1 version not spoken, 2 not permitted, 3 no address, … external: the address, "" where it named
    none.
    """

    result: int
    external: str

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"NAT-PMP: outside address {self.external}" if self.external else f"NAT-PMP: result {self.result}"


@dataclass(frozen=True, slots=True)
class Pcp:
    """Answer of a gateway to an announcement request by PCP. Subject: service.

    version: that it speaks. result: 0 answered, 1 version not spoken, 2 not permitted, 12 our address was not in it, …
    """

    version: int
    result: int

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"PCP {self.version}: result {self.result}"


@dataclass(frozen=True, slots=True)
class MdnsAnswer:
    """What a device announces of itself by multicast DNS, asked for by a plain question to it. Subject: service.

    services: types of service, as `_ipp._tcp`, sorted. name: its own, without `.local`; "" where it named none.
    """

    services: tuple[str, ...]
    name: str

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"mDNS: {self.name or '–'} ({', '.join(self.services) or 'no service named'})"


@dataclass(frozen=True, slots=True)
class IpmiChannel:
    """What a management controller says of the ways to log in by IPMI. Subject: service.

    versions: of the sessions it takes, `1.5` and `2.0`; empty where it does not tell. logins: none | md2 | md5 |
    password | oem, for IPMI 1.5 at the administrator's level. anonymous: a user without name and password may log in.
    unnamed_user: one without name, with a password. user_level: users of the lowest level prove themselves as well.
    per_message: each message is proved, not only the log-in.
    """

    versions: tuple[str, ...]
    logins: tuple[str, ...]
    anonymous: bool
    unnamed_user: bool
    user_level: bool
    per_message: bool

    @property
    def needs_no_password(self) -> bool:
        """Tell whether it offers to let callers in who prove nothing."""
        return self.anonymous or "none" in self.logins

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        parts = (
            f"IPMI {', '.join(self.versions) or '–'}",
            f"log-in: {', '.join(self.logins) or '–'}",
            "anonymous user" if self.anonymous else "",
            "user without a name" if self.unnamed_user else "",
        )
        return "; ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class NtpControl:
    """What a time server tells everybody of itself, by a control query that reads its variables. Subject: service.

    version: of the program. system, processor: it runs on. sent_bytes, received_bytes: of the query and all that came
    back. Whoever forges the sender has that much sent to somebody else.
    """

    version: str
    system: str
    processor: str
    sent_bytes: int
    received_bytes: int

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        told = " · ".join(t for t in (self.version, self.system, self.processor) if t)
        return f"NTP control query answered: {told or '–'} ({self.sent_bytes} → {self.received_bytes} bytes)"


@dataclass(frozen=True, slots=True)
class SnmpEngine:
    """What an SNMP version 3 agent tells callers who do not know it yet. Subject: service.

    engine_id: lower-case hex. enterprise: number of who made the agent (IANA), not always of the device. form:
    ipv4 | ipv6 | mac | text | octets | own; what the rest of the id is. named: that rest, where it is readable.
    boots, up_s: how often it was started, and seconds since.
    """

    engine_id: str
    enterprise: int
    form: str
    named: str
    boots: int
    up_s: int

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        rest = f", {self.form} {self.named}" if self.named else ""
        return f"SNMPv3: engine of enterprise {self.enterprise}{rest}"


UdpFact = SsdpAnswer | NatPmp | Pcp | MdnsAnswer | IpmiChannel | NtpControl | SnmpEngine
