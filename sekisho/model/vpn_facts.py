"""Facts about tunnels: what an IKE responder takes, and what is known of a VPN point as a whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IkeAnswer:
    """What one kind of exchange showed of an IKE responder. Subject: service.

    exchange: init (version 2) | main | aggressive (version 1). accepted: it took one of the suites offered at least.
    refusal: name of the notification by which it declined, "" if it did not. encryption, prf, integrity, groups, auth:
    what was seen to be taken, old before new, empty where nothing was or the version does not name it so (in version 1
    integrity holds the hashes; version 2 does not show auth). suites: combinations that it chose, as
    encryption/integrity/prf/group or encryption/hash/group/auth. complete: each transform offered was taken or refused.
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
        return f"{name}: " + " / ".join(" ".join(names) for names in lists if names)


@dataclass(frozen=True, slots=True)
class VpnEndpoint:
    """All that is known of one VPN point (K3, K4). Subject: point.

    protocols: tunnel protocols identified there, sorted. offers: what its IKE services were seen to take, each once.
    """

    kinds: tuple[str, ...]
    protocols: tuple[str, ...]
    offers: tuple[IkeAnswer, ...]
