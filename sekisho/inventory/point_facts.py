"""Facts about connection points that checks ask for: who answers for one, and what the outside reaches there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from sekisho.inventory.declared import RETIRED
from sekisho.inventory.points import Point
from sekisho.inventory.reach import Reach, was_sent
from sekisho.inventory.services import ServiceSeen
from sekisho.model.attempts import Attempt
from sekisho.model.engagement import DeclaredLine, Vantage
from sekisho.model.facts import ServiceExposure
from sekisho.model.point_facts import PointCounterpart, PointOwner, PointUse, WanInbound
from sekisho.model.subjects import IPAddress, Subject, address_of
from sekisho.model.transcript import Transcript

EXTERNAL: Final = "external"
_MAINTENANCE: Final = "K5"
_WAN: Final = frozenset({"K1", "K6", "K17"})
_VPN: Final = frozenset({"K3", "K4"})
_VPN_PORTS: Final = frozenset({("udp", 500), ("udp", 4500), ("udp", 1701), ("tcp", 1723), ("udp", 51820)})
"""IKE and its NAT traversal, L2TP, PPTP (IANA), WireGuard (its documented default)."""
_PORTAL_PROTOCOLS: Final = frozenset({"https", "tls"})


def point_owners(point: Point, *, register: bool) -> Iterator[PointOwner]:
    """Give one fact per row of the line register that stands for a point, or one that says that there is none."""
    for line in point.lines:
        yield PointOwner(
            declared=True, number=line.number, contractor=line.contractor, owner=line.owner, register_present=register
        )
    if not point.lines:
        yield PointOwner(declared=False, number="", contractor="", owner="", register_present=register)


def point_counterparts(point: Point, *, register: bool) -> Iterator[PointCounterpart]:
    """Give one fact per row of the line register that stands for a point, or one that says that there is none."""
    for line in point.lines:
        yield PointCounterpart(
            declared=True,
            number=line.number,
            kinds=point.kinds,
            counterpart=line.counterpart,
            purpose=line.purpose,
            boundary=line.boundary,
            maintained=line.remote_maintenance == "yes" or _MAINTENANCE in line.kinds,
            register_present=register,
        )
    if not point.lines:
        yield PointCounterpart(False, "", point.kinds, "", "", "", maintained=False, register_present=register)


def point_uses(point: Point, reach: Reach) -> Iterator[PointUse]:
    """Give one fact per row of the line register that stands for a point, or one that says that there is none."""
    asked = bool(reach.asked & set(point.addresses))
    for line in point.lines:
        yield PointUse(
            declared=True,
            number=line.number,
            retired=line.state in RETIRED,
            occasional=line.always_on == "no" and not line.counterpart and not line.purpose,
            observed=point.observed,
            asked=asked,
            answers=_own_end_answers(line, point, reach),
        )
    if not point.lines:
        yield PointUse(
            declared=False,
            number="",
            retired=False,
            occasional=False,
            observed=point.observed,
            asked=asked,
            answers=False,
        )


def _own_end_answers(line: DeclaredLine, point: Point, reach: Reach) -> bool:
    """Tell whether something answered that only this line explains: its device, or its global address, in no other use.

    A device that a register has in use for something else proves nothing by answering.
    """
    others = [o for o in point.asset.lines if o != line and o.state not in RETIRED] if point.asset else []
    if reach.seen & set(line.addresses) - {a for o in others for a in o.addresses}:
        return True
    rows = point.asset.rows if point.asset else ()
    return point.observed and not others and all(r.state in RETIRED for r in rows)


def meets_open_network(point: Point) -> bool:
    """Tell whether inbound traffic is a question here: an internet line, or a mobile or IPv6 way out at an address."""
    kinds = set(point.kinds) & _WAN
    return "K1" in kinds or (bool(kinds) and point.asset is not None)


def external_tries(
    attempts: Iterable[Attempt], vantages: Iterable[Vantage], transcripts: Mapping[str, Transcript]
) -> Mapping[IPAddress, Sequence[Attempt]]:
    """Give the attempts for which a packet left from an external vantage, by the address they were on."""
    outside = {v.name for v in vantages if v.role == EXTERNAL}
    found: dict[IPAddress, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.vantage in outside and was_sent(attempt, transcripts):
            address = address_of(attempt.subject)
            if address is not None:
                found[address].append(attempt)
    return found


def wan_inbound(
    services: Iterable[tuple[ServiceSeen, ServiceExposure]],
    *,
    vpn: bool,
    vantages: Iterable[Vantage],
    tries: Sequence[Attempt],
) -> WanInbound:
    """Say what the outside reaches at one point.

    Takes: services, those open at the point's addresses; vpn, whether a VPN is declared at its device.
    """
    outside = {v.name for v in vantages if v.role == EXTERNAL}
    stray, explained = set[Subject](), set[Subject]()
    for service, exposure in services:
        if answered := set(exposure.answered_from) & outside:
            meant = answered <= set(exposure.meant_from)
            (explained if meant or _serves_vpn(service, exposure, vpn=vpn) else stray).add(service.subject)
    return WanInbound(
        outside=tuple(sorted(outside)),
        tried_from=tuple(sorted({a.vantage for a in tries})),
        stray=tuple(sorted(stray)),
        explained=tuple(sorted(explained)),
        config_read=False,  # no reader of configurations yet
    )


def _serves_vpn(service: ServiceSeen, exposure: ServiceExposure, *, vpn: bool) -> bool:
    """Tell whether a service is the VPN's own: a recognised portal, or, at a declared VPN, what may be its entrance."""
    if exposure.management:
        return False
    if any(set(h.product.kinds) & _VPN for h in service.hits):
        return True
    return vpn and (service.protocol in _PORTAL_PROTOCOLS or (service.transport, service.port) in _VPN_PORTS)


def declares_vpn(points: Iterable[Point]) -> bool:
    """Tell whether a row of the line register names a VPN at one of these points."""
    return any(point.lines and set(point.kinds) & _VPN for point in points)
