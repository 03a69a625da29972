"""Where everything of the picture stands: four columns, one row per line, nothing over anything else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reports.overview.scene import Band, Device, Party
from reports.overview.systems import System

WIDTH: Final = 1200
COLUMNS: Final = ((16, 276), (450, 200), (710, 170), (930, 254))
"""Left edge and width of parties, devices, segments, systems; the first gap holds the verdict of the line."""
TOP: Final = 92
_ROW: Final = 46
_PITCH: Final = 56
_BAND_GAP: Final = 26


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    w: float
    h: float

    @property
    def middle(self) -> float:
        """Give the height of its centre."""
        return self.y + self.h / 2

    @property
    def right(self) -> float:
        """Give its right edge."""
        return self.x + self.w

    def overlaps(self, other: Box) -> bool:
        """Tell whether two rectangles share more than an edge."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.y + other.h
            and other.y < self.y + self.h
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """The boxes of the scene. body: where the bands end."""

    parties: tuple[tuple[Box, Party], ...]
    devices: tuple[tuple[Box, Device], ...]
    segments: tuple[tuple[Box, Band], ...]
    systems: tuple[tuple[Box, System], ...]
    body: float


def lay_out(bands: Iterable[Band]) -> Layout:
    """Place bands from top to bottom; a band is as high as its longer side."""
    parties: list[tuple[Box, Party]] = []
    devices: list[tuple[Box, Device]] = []
    segments: list[tuple[Box, Band]] = []
    systems: list[tuple[Box, System]] = []
    y: float = TOP
    for band in bands:
        rows = 0
        for device in band.devices:
            devices.append((_box(1, y, rows, len(device.parties)), device))
            parties.extend((_box(0, y, rows + at), party) for at, party in enumerate(device.parties))
            rows += len(device.parties)
        systems.extend((_box(3, y, at), system) for at, system in enumerate(band.systems))
        height = max(rows, len(band.systems), 1)
        segments.append((_box(2, y, 0, height), band))
        y += height * _PITCH + _BAND_GAP
    body = max(y, TOP + _PITCH + _BAND_GAP)
    return Layout(tuple(parties), tuple(devices), tuple(segments), tuple(systems), body)


def chip_box(party: Box, pixels: float) -> Box:
    """Give the place of a verdict on the line between a party and its device."""
    gap = COLUMNS[1][0] - party.right
    return Box(party.right + (gap - pixels) / 2, party.middle - 11, pixels, 22)


def _box(column: int, top: float, row: int, rows: int = 1) -> Box:
    """Give the box of so many rows in a column."""
    x, w = COLUMNS[column]
    return Box(x, top + row * _PITCH, w, rows * _PITCH - (_PITCH - _ROW))
