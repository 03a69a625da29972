"""Packets that count against one limit in any one second."""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_S: Final = 1.02  # a second, and a margin for the time between our clock and the wire


class Window:
    """Packets that count against one limit: those under way (worst case) and those of the last second (actual)."""

    __slots__ = ("_recent", "_recent_sum", "active", "capacity", "peak")

    def __init__(self, capacity: int) -> None:
        """Take the limit in packets per second."""
        self.capacity = capacity
        self.active = 0
        self.peak = 0
        self._recent: deque[tuple[float, int]] = deque()
        self._recent_sum = 0

    def wait_for(self, packets: int, now: float) -> float | None:
        """Tell when `packets` more may fit: None now, else the moment to look again (infinity: when one settles)."""
        self._forget(now)
        free = self.capacity - self.active - self._recent_sum
        if packets <= free:
            return None
        return self._recent[0][0] if self._recent else float("inf")

    def take(self, packets: int) -> None:
        """Count packets as under way."""
        self.active += packets

    def settle(self, reserved: int, actual: int, now: float) -> None:
        """Replace a reservation by what left; it counts one second more."""
        self._forget(now)
        self.active -= reserved
        if actual:
            self._recent.append((now + WINDOW_S, actual))
            self._recent_sum += actual
            self.peak = max(self.peak, self._recent_sum)

    def _forget(self, now: float) -> None:
        """Drop what left more than a second ago."""
        while self._recent and self._recent[0][0] <= now:
            self._recent_sum -= self._recent.popleft()[1]
