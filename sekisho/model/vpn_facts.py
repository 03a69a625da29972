"""Facts about VPN gateways, before anybody logs in, and what is known of a VPN point."""

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


@dataclass(frozen=True, slots=True)
class IkeAnswer:
    """What one kind of exchange showed of an IKE responder. Subject: service.

    exchange: init (version 2) | main | aggressive (version 1). accepted: it took one of the suites offered at least.
    refusal: name of the notification by which it declined, "" if it did not. encryption, prf, integrity, groups, auth:
    what was seen to be taken, old before new, empty where nothing was or the version does not name it so (in version 1
    integrity holds the hashes; version 2 does not show auth). suites: combinations that it chose, as
    encryption/integrity/prf/group or encryption/hash/group/auth. inferred: those of the names taken that stand in no
    suite it chose and were not named by it otherwise, but follow from which offers it could use. refused: names of what
    was offered and never taken, with everything beside it that it takes. In both a PRF is prf-NAME. complete: each
    transform offered was taken or refused.
    nat_traversal, fragmentation, cookie: it supports or demands these. vendors: names of its vendor ids;
    vendor_ids_unknown: those without a name, in hex. hash_bytes: length of the proof of a shared key that it sent to
    somebody unknown (aggressive mode); the proof itself is never kept.
    """

    exchange: str
    accepted: bool
    refusal: str = ""
    encryption: tuple[str, ...] = ()
    prf: tuple[str, ...] = ()
    integrity: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    auth: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    complete: bool = False
    nat_traversal: bool = False
    fragmentation: bool = False
    cookie: bool = False
    vendors: tuple[str, ...] = ()
    vendor_ids_unknown: tuple[str, ...] = ()
    hash_bytes: int = 0

    @property
    def version(self) -> int:
        """Give the major version of IKE."""
        return 2 if self.exchange == "init" else 1

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        name = {"init": "IKEv2", "main": "IKEv1 main mode"}.get(self.exchange, "IKEv1 aggressive mode")
        if not self.accepted:
            return f"{name}: {self.refusal or 'answered'}"
        lists = (self.encryption, self.integrity, self.prf, self.groups, self.auth)
        taken = " / ".join(" ".join(names) for names in lists if names)
        return f"{name}: {taken}" + (f" (inferred: {' '.join(self.inferred)})" if self.inferred else "")


@dataclass(frozen=True, slots=True)
class Sstp:
    """An SSTP server that would have begun a tunnel. Subject: service. server: its Server header, "" if none."""

    server: str

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        return f"SSTP: {self.server or '–'}"


VpnFact = Pptp | OpenVpn | L2tp | IkeAnswer | Sstp
"""What a gateway itself said."""


@dataclass(frozen=True, slots=True)
class VpnEndpoint:
    """All that is known of one VPN point (K3, K4). Subject: point.

    protocols: tunnel protocols identified there, sorted. offers: what its IKE services were seen to take, each once.
    """

    kinds: tuple[str, ...]
    protocols: tuple[str, ...]
    offers: tuple[IkeAnswer, ...]
