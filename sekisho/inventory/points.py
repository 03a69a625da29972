"""Connection points: one point is one way out at one device (design: report.json, `connection_points[]`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sekisho.inventory.assets import Asset
from sekisho.inventory.declared import Terminal
from sekisho.inventory.identity import address_order
from sekisho.inventory.papers import Papers
from sekisho.inventory.products import Recognised
from sekisho.inventory.services import ServiceSeen
from sekisho.inventory.tunnels import speaks_for_vpn, tunnel_kind
from sekisho.model.engagement import DeclaredLine, SiteWalkNote
from sekisho.model.subjects import IPAddress, Subject, address_of, declared_point, point

LINES: Final = ("K1", "K2", "K6", "K7", "K17")
STRUCTURAL: Final = ("K1", "K2", "K3", "K4", "K6", "K7", "K8", "K9", "K13", "K14", "K15", "K17")
PURPOSES: Final = ("K5", "K10", "K11", "K12", "K16")
_CLOUD: Final = "K9"
UNKNOWN_KIND: Final = "K18"
OPEN_NETWORK: Final = frozenset({"K1", "K3", "K4", "K6", "K17"})
"""Kinds that meet an open network (docs/topics.md, tls.client_auth)."""
MAINTENANCE: Final = frozenset({"K3", "K4", "K5", "K6", "K7", "K8"})
"""Kinds through which a device may be maintained from outside (docs/topics.md, maintenance.exposure)."""
_BORDER_WORDS: Final = ("router", "firewall", "vpn", "gateway", "utm")
_VPN: Final = frozenset({"K3", "K4"})


@dataclass(frozen=True, slots=True)
class Point:
    """One way out at one device. found_by: documents | active | sitewalk | capture | config. tunnels: its entrances."""

    id: Subject
    kinds: tuple[str, ...]
    name: str
    asset: Asset | None
    addresses: tuple[IPAddress, ...]
    lines: tuple[DeclaredLine, ...]
    observed: bool
    found_by: tuple[str, ...]
    services: tuple[Subject, ...]
    evidence: tuple[str, ...]
    tunnels: tuple[ServiceSeen, ...] = ()

    @property
    def declared(self) -> bool:
        """Tell whether a row of the line register stands for it."""
        return bool(self.lines)


@dataclass(slots=True)
class _Draft:
    """A point in the making."""

    id: Subject
    asset: Asset | None
    kinds: set[str] = field(default_factory=set)
    lines: dict[tuple[str, str], DeclaredLine] = field(default_factory=dict)
    hits: list[Recognised] = field(default_factory=list)
    tunnels: list[ServiceSeen] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Landscape:
    """What points are found in."""

    assets: tuple[Asset, ...]
    services: tuple[ServiceSeen, ...]
    terminals: tuple[Terminal, ...]
    sitewalk: tuple[SiteWalkNote, ...]
    papers: Papers
    users: frozenset[Subject] = frozenset()
    """Services by which people log in to a tunnel."""

    def at(self) -> dict[IPAddress, Asset]:
        """Give the device of every address."""
        return {a: asset for asset in self.assets for a in asset.addresses}


def connection_points(landscape: Landscape) -> tuple[Point, ...]:
    """Give all points, declared and observed, sorted by id."""
    at = landscape.at()
    drafts: dict[tuple[str, str], _Draft] = {}
    rows: dict[Subject, list[DeclaredLine]] = defaultdict(list)
    for terminal in landscape.terminals:
        _draft_line(terminal, at, drafts)
        if terminal.address in at:
            rows[at[terminal.address].id].append(terminal.line)
    open_at: dict[Subject, list[ServiceSeen]] = defaultdict(list)
    for service in landscape.services:
        if service.address in at:
            open_at[at[service.address].id].append(service)
    for asset in landscape.assets:
        _draft_tunnels(asset, open_at.get(asset.id, ()), landscape.users, drafts)
        _draft_observed(asset, drafts)
        _enter_rows(asset, rows.get(asset.id, ()), drafts)
    points = (_finish(d, open_at, landscape) for d in drafts.values())
    return tuple(sorted(points, key=lambda p: p.id))


def main_kind(kinds: Iterable[str]) -> str:
    """Give the kind that names a point: a line, else another structural kind, else a purpose, else K18."""
    known = set(kinds)
    for family in (LINES, STRUCTURAL, PURPOSES):
        first = next((k for k in family if k in known), "")
        if first:
            return first
    return UNKNOWN_KIND


def _draft_line(terminal: Terminal, at: dict[IPAddress, Asset], drafts: dict[tuple[str, str], _Draft]) -> None:
    """Enter a declared line, and apart from it every VPN, remote control or bridge that its row names at its device.

    A cloud that a row names is what the line is for, or its other end: no agent, which would be a way out of its own.
    """
    line, address = terminal.line, terminal.address
    asset = at.get(address) if address is not None else None
    main = main_kind(line.kinds)
    if asset is None or address is None:
        draft = drafts.setdefault(("", line.number), _Draft(declared_point(line.number), None))
        draft.kinds |= set(line.kinds) or {UNKNOWN_KIND}
        draft.lines[line.number, str(line.origin)] = line
        return
    purposes = {k for k in line.kinds if k in PURPOSES}
    cloud = {_CLOUD} & set(line.kinds)
    lines = {k for k in line.kinds if k in LINES} if main in LINES else set()
    for kind in (main, *(k for k in STRUCTURAL if k in line.kinds and k not in {*LINES, _CLOUD, main})):
        draft = drafts.setdefault((asset.id, kind), _Draft(point(address, kind), asset))
        draft.kinds |= {kind} | purposes | (lines | cloud if kind == main else set())
        draft.lines[line.number, str(line.origin)] = line


def _draft_tunnels(
    asset: Asset,
    services: Sequence[ServiceSeen],
    users: frozenset[Subject],
    drafts: dict[tuple[str, str], _Draft],
) -> None:
    """Enter the entrances of VPNs that a device shows."""
    declared = {kind for id_, kind in drafts if id_ == asset.id}
    for service in services:
        if kind := tunnel_kind(service, services, declared, users):
            draft = drafts.setdefault((asset.id, kind), _Draft(point(service.address, kind), asset, {kind}))
            draft.tunnels.append(service)


def _draft_observed(asset: Asset, drafts: dict[tuple[str, str], _Draft]) -> None:
    """Enter what a device shows itself to be."""
    for hit in asset.hits:
        structural = [k for k in STRUCTURAL if k in hit.product.kinds]
        for kind in structural:
            draft = drafts.setdefault((asset.id, kind), _Draft(point(_address(hit, asset), kind), asset))
            draft.kinds |= {kind} | {k for k in hit.product.kinds if k in PURPOSES}
            draft.hits.append(hit)
    taken = any((asset.id, kind) in drafts for kind in (*STRUCTURAL, *PURPOSES, UNKNOWN_KIND))
    border = [h for h in asset.hits if any(w in h.product.role.lower() for w in _BORDER_WORDS)]
    if border and not taken and not asset.declared:
        draft = drafts.setdefault(
            (asset.id, UNKNOWN_KIND), _Draft(point(asset.addresses[0], UNKNOWN_KIND), asset, {UNKNOWN_KIND})
        )
        draft.hits += border


def _enter_rows(asset: Asset, lines: Iterable[DeclaredLine], drafts: dict[tuple[str, str], _Draft]) -> None:
    """Enter the rows that speak for the VPNs of a device, where no row names their kind (docs/topics.md)."""
    for draft in (d for kind in sorted(_VPN) if (d := drafts.get((asset.id, kind))) is not None and not d.lines):
        for line in (one for one in lines if speaks_for_vpn(one)):
            draft.kinds |= {k for k in line.kinds if k in PURPOSES}
            draft.lines[line.number, str(line.origin)] = line


def _address(hit: Recognised, asset: Asset) -> IPAddress:
    """Give the address at which a fingerprint matched."""
    return address_of(hit.subject) or asset.addresses[0]


def _finish(draft: _Draft, open_at: dict[Subject, list[ServiceSeen]], landscape: Landscape) -> Point:
    """Make a point of a draft."""
    asset = draft.asset
    lines = tuple(draft.lines[k] for k in sorted(draft.lines))
    hits = sorted(draft.hits, key=lambda h: (h.subject, h.product.pattern, h.proof.id))
    listening = open_at.get(asset.id, []) if asset else []
    own = {h.subject for h in hits} | {t.subject for t in draft.tunnels}
    services = [s for s in listening if s.subject in own or not draft.kinds & _VPN or not own]
    observed = asset is not None and asset.observed and bool(own or lines)
    proof = {e for h in hits for e in h.proof.evidence} | {e for t in draft.tunnels for e in t.evidence}
    proof |= set(landscape.papers.behind(lines))
    if observed and asset is not None:
        proof |= set(asset.evidence)
    return Point(
        id=draft.id,
        kinds=tuple(sorted(draft.kinds, key=lambda k: int(k[1:]))),
        name=_name(lines, hits, asset),
        asset=asset,
        addresses=_addresses(asset, lines),
        lines=lines,
        observed=observed,
        found_by=tuple(_found_by(lines, observed=observed, sitewalk=landscape.sitewalk)),
        services=tuple(sorted(s.subject for s in services)),
        evidence=tuple(sorted(proof)),
        tunnels=tuple(draft.tunnels),
    )


def _addresses(asset: Asset | None, lines: Iterable[DeclaredLine]) -> tuple[IPAddress, ...]:
    """Give the device's addresses, else those that the lines state."""
    if asset is not None:
        return asset.addresses
    return tuple(sorted({a for line in lines for a in line.addresses}, key=address_order))


def _name(lines: tuple[DeclaredLine, ...], hits: list[Recognised], asset: Asset | None) -> str:
    """Give a name for people: from the register, else the device's product, else its role."""
    stated = dict.fromkeys(" ".join(w for w in (r.line_type, r.counterpart) if w) for r in lines)
    if named := " / ".join(s for s in stated if s):
        return named
    product = asset.product if asset is not None else None
    shown = " ".join(w for w in (product.vendor, product.product) if w) if product else ""
    return shown or next((h.product.role for h in hits if h.product.role), "")


def _found_by(lines: Iterable[DeclaredLine], *, observed: bool, sitewalk: Iterable[SiteWalkNote]) -> Iterator[str]:
    """Name the stages that found a point, sorted."""
    numbers = {line.number for line in lines}
    if observed:
        yield "active"
    if numbers:
        yield "documents"
    if any(note.line_number and note.line_number in numbers for note in sitewalk):
        yield "sitewalk"
