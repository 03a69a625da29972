"""What the overview picture shows: every point that needs attention by itself, the rest joined into groups.

Limits: a device stands in the segment of its first address within the scope; further legs are not drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reports.edition import Edition
from reports.inert import visible
from reports.overview.systems import Index, System, findings_by_address, systems_of
from reports.overview.whereabouts import Whereabouts
from reports.register import Register, findings_of_point, register_state
from reports.worst import Worst, worst_of
from sekisho.model.report import AssetPart, ConnectionPointPart

ALL_SINGLE: Final = 24
"""Up to so many points are all drawn singly: they fit one screen height and a half."""
_SINGLE: Final = 14
_GROUPS: Final = 14
_BARE_BANDS: Final = 6
_NAMED: Final = 4
"""Numbers that a group spells out."""


@dataclass(frozen=True, slots=True)
class Party:
    """One line or outside party, or a group of them. anchor: id of its row in the page, "" for a group."""

    title: str
    subtitle: str
    state: Register
    worst: Worst
    anchor: str


@dataclass(frozen=True, slots=True)
class Device:
    """A terminal device with the lines that end there."""

    title: str
    subtitle: str
    undeclared: bool
    parties: tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """One segment with its terminal devices and the systems behind."""

    title: str
    lines: tuple[str, ...]
    devices: tuple[Device, ...]
    systems: tuple[System, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A point with all that decides where and how it is drawn."""

    point: ConnectionPointPart
    segment: str
    asset: AssetPart | None
    state: Register
    worst: Worst


_Key = Callable[[_Placed], tuple[str, ...]]
_COARSER: Final[tuple[_Key, ...]] = (
    lambda p: (p.segment, p.point.kinds[0] if p.point.kinds else "K18", p.state, p.worst.verdict, p.worst.severity),
    lambda p: (p.segment, "", p.state, p.worst.verdict, p.worst.severity),
    lambda p: (p.segment, "", p.state, p.worst.verdict, ""),
)


def scene(edition: Edition) -> tuple[Band, ...]:
    """Give the bands from top to bottom: those with connection points first."""
    where = Whereabouts.of(edition.report)
    placed = tuple(_place(edition, where, point) for point in edition.order.points)
    singles, groups = _split(placed)
    at_edge = {p.asset.id for p in placed if p.asset}
    members: dict[str, list[AssetPart]] = {}
    for asset in edition.report.assets:
        members.setdefault(where.of_asset(asset), []).append(asset)
    names = dict.fromkeys((*(p.segment for p in placed), *members))
    order = sorted(names, key=lambda n: (n not in {p.segment for p in placed}, n == "", where.rank(n)))
    return _Bands(edition, singles, groups, members, frozenset(at_edge), findings_by_address(edition)).build(order)


def _place(edition: Edition, where: Whereabouts, point: ConnectionPointPart) -> _Placed:
    """Find segment, device, state and worst finding of a point."""
    asset = edition.names.assets.get(point.asset or "")
    segment = (where.of_asset(asset) if asset else "") or where.of_addresses(point.addresses)
    return _Placed(point, segment, asset, register_state(point), worst_of(findings_of_point(edition.report, point)))


def _split(placed: tuple[_Placed, ...]) -> tuple[tuple[_Placed, ...], tuple[tuple[_Placed, ...], ...]]:
    """Choose who is drawn singly: everybody, or those in no register and those with evidence against them."""
    if len(placed) <= ALL_SINGLE:
        return placed, ()
    urgent = [p for p in placed if p.state is Register.UNDECLARED or p.worst.verdict == "fail"]
    urgent.sort(key=lambda p: (p.worst.rank, p.state is not Register.UNDECLARED))
    chosen = {p.point.id for p in urgent[:_SINGLE]}
    rest = tuple(p for p in placed if p.point.id not in chosen)
    for key in _COARSER:
        groups = _grouped(rest, key)
        if len(groups) <= _GROUPS:
            break
    chosen |= {g[0].point.id for g in groups if len(g) == 1}
    return tuple(p for p in placed if p.point.id in chosen), tuple(g for g in groups if len(g) > 1)


def _grouped(placed: Iterable[_Placed], key: _Key) -> tuple[tuple[_Placed, ...], ...]:
    """Join points with one key, in the order of their first member."""
    found: dict[tuple[str, ...], list[_Placed]] = {}
    for point in placed:
        found.setdefault(key(point), []).append(point)
    return tuple(tuple(group) for group in found.values())


@dataclass(frozen=True, slots=True)
class _Bands:
    """Builds bands. members: all devices by segment. at_edge: devices that end a line, drawn as such."""

    edition: Edition
    singles: tuple[_Placed, ...]
    groups: tuple[tuple[_Placed, ...], ...]
    members: Mapping[str, list[AssetPart]]
    at_edge: frozenset[str]
    findings: Index

    def build(self, segments: list[str]) -> tuple[Band, ...]:
        """Give one band for each segment; many segments without any point become one."""
        words = self.edition.words
        with_points = {p.segment for p in self.singles} | {g[0].segment for g in self.groups}
        bare = [s for s in segments if s not in with_points]
        joined = bare[_BARE_BANDS - 1 :] if len(bare) > _BARE_BANDS else []
        bands = [
            self._band(segment or words("overview.unknown_segment"), [segment])
            for segment in segments
            if segment not in joined
        ]
        if joined:
            bands.append(self._band(words("overview.more_segments", count=len(joined)), joined))
        return tuple(bands)

    def _band(self, title: str, segments: list[str]) -> Band:
        """Build one band of one or more segments."""
        words = self.edition.words
        assets = [a for s in segments for a in self.members.get(s, [])]
        undeclared = sum(register_state(a) is Register.UNDECLARED for a in assets)
        lines = [words("overview.segment_counts", count=len(assets))] if assets else []
        if undeclared:
            lines.append(words("overview.segment_undeclared", count=undeclared))
        devices = (
            *_devices(self.edition, [p for p in self.singles if p.segment in segments]),
            *(_group_device(self.edition, g) for g in self.groups if g[0].segment in segments),
        )
        behind = [a for a in assets if a.id not in self.at_edge]
        return Band(title, tuple(lines), devices, systems_of(self.edition, behind, self.findings))


def _devices(edition: Edition, placed: list[_Placed]) -> tuple[Device, ...]:
    """Join points by their device; a point without one stands alone."""
    words = edition.words
    by_device: dict[str, list[_Placed]] = {}
    for item in placed:
        by_device.setdefault(item.asset.id if item.asset else item.point.id, []).append(item)
    devices: list[Device] = []
    for group in by_device.values():
        asset, parties = group[0].asset, tuple(_party(edition, p) for p in group)
        if asset is None:
            devices.append(Device(words("overview.no_device"), words.join(group[0].point.addresses), False, parties))
        else:
            devices.append(_device(edition, asset, parties))
    return tuple(devices)


def _device(edition: Edition, asset: AssetPart, parties: tuple[Party, ...]) -> Device:
    """Draw one device: its name, below it address and product."""
    addresses = edition.words.join(asset.addresses)
    product = visible(asset.product or asset.vendor) if asset.hostname else ""
    title = visible(asset.hostname) or edition.names.asset(asset)
    return Device(title, f"{addresses} {product}".strip(), register_state(asset) is Register.UNDECLARED, parties)


def _party(edition: Edition, placed: _Placed) -> Party:
    """Draw one point singly."""
    words, point = edition.words, placed.point
    number = edition.order.point_numbers[point.id]
    # the other end tells a reader most; what kind of line it is stands below
    name = visible(point.counterpart or point.purpose or point.name)
    first = words.names("kind", point.kinds) if name else words.join(point.addresses)
    about = (first, *((words.free(point.carrier),) if point.carrier else ()))
    title = f"{number} {name or words.names('kind', point.kinds)}"
    return Party(title, " / ".join(about), placed.state, placed.worst, f"point-{number}")


def _group_device(edition: Edition, group: tuple[_Placed, ...]) -> Device:
    """Draw several points as one row, behind a box that stands for their devices."""
    words = edition.words
    kinds = {p.point.kinds[0] if p.point.kinds else "K18" for p in group}
    count = len(group)
    title = (
        words("overview.group", kind=words.name("kind", kinds.pop()), count=count)
        if len(kinds) == 1
        else words("overview.group_mixed", count=count)
    )
    numbers = [edition.order.point_numbers[p.point.id] for p in group]
    first = words.join(tuple(numbers[:_NAMED]))
    subtitle = first if count <= _NAMED else words("overview.group_of", first=first)
    worst = min((p.worst for p in group), key=lambda w: w.rank)
    devices = {p.asset.id if p.asset else p.point.id for p in group}
    party = Party(title, subtitle, group[0].state, worst, "")
    return Device(words("overview.group_devices", count=len(devices)), "", False, (party,))
