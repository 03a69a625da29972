"""Tunnels: which services are entrances of a VPN, which kind of point they make, and what is known of such a point."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from sekisho.inventory.index import Index
from sekisho.inventory.services import ServiceSeen
from sekisho.model.engagement import DeclaredLine
from sekisho.model.subjects import Subject
from sekisho.model.vpn_facts import IkeAnswer, VpnEndpoint

_IKE: Final = "ike"
SITE, USERS = "K3", "K4"
TUNNELS: Final[Mapping[str, str]] = {
    _IKE: SITE, "l2tp": USERS, "pptp": USERS, "openvpn": USERS, "sstp": USERS,
}  # fmt: skip
"""Protocols that are entrances of a VPN by themselves → kind of point (docs/topics.md, Which kind is a connection
point). IKE serves both: see `tunnel_kind`."""
_OVER_IKE: Final = frozenset({"l2tp"})
_VPN_WORD: Final = re.compile(r"(?<!IP-)(?<!IP)(?<!フレッツ)(?<!フレッツ・)VPN(?!ワイド)", re.IGNORECASE)
_FOR_USERS: Final = ("xauth-", "hybrid-")


def admits_users(index: Index) -> frozenset[Subject]:
    """Give the IKE services that were seen to take a method by which people log in."""
    return frozenset(
        o.subject
        for o in index.all
        if isinstance(o.value, IkeAnswer) and any(a.startswith(_FOR_USERS) for a in o.value.auth)
    )


def tunnel_kind(
    service: ServiceSeen, beside: Iterable[ServiceSeen], known: Collection[str], users: Collection[Subject]
) -> str:
    """Give the kind of point that a service makes at a device, "" if it is no entrance of a VPN.

    beside: all services of the device. known: kinds that the line register names at it. users: see `admits_users`.
    IKE means sites (K3), unless people log in over it, L2TP rides on it, or remote access is all that is declared.
    """
    kind = TUNNELS.get(service.protocol, "")
    if service.protocol != _IKE:
        return kind
    if any(s.subject in users or s.protocol in _OVER_IKE for s in beside):
        return USERS
    return USERS if USERS in known and SITE not in known else SITE


def speaks_for_vpn(line: DeclaredLine) -> bool:
    """Tell whether a row of the line register writes of a VPN that ends at its device, or of remote maintenance.

    IP-VPN and the like are names of lines: no tunnel ends at the device because of them.
    """
    said = unicodedata.normalize("NFKC", f"{line.line_type} {line.purpose} {line.note}")
    return line.remote_maintenance == "yes" or bool({SITE, USERS} & set(line.kinds)) or bool(_VPN_WORD.search(said))


def vpn_endpoint(kinds: tuple[str, ...], tunnels: Sequence[ServiceSeen], index: Index) -> VpnEndpoint:
    """Say what is known of a VPN point: the protocols of its entrances, and what each was seen to take."""
    offers = {o.value: None for s in tunnels for o in index.of(IkeAnswer, s.subject)}
    return VpnEndpoint(kinds, tuple(sorted({s.protocol for s in tunnels})), tuple(offers))
