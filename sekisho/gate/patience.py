"""How long we wait for a host in all: per connection, per job and per host, whatever single answers take (ADR 0019).

Only the time in which the host has to say or take something counts. Our own waiting for the pace does not: it grows
with the number of hosts, and what may be sent meanwhile is bounded by the packet budgets.
"""

from __future__ import annotations

from typing import Final

from sekisho.gate.pacing import GateRefused, Stopped
from sekisho.model.attempts import TIME_LIMIT, Outcome

LEAST_PER_READ_S: Final = 0.05
"""What one read costs at least: bytes that trickled in while we waited for the pace would else cost nothing."""

_CLOCK_S: Final = 0.001  # timers may ring that much early


class HostSilent(Stopped):
    """A host that had answered is not there any more: what was under way there is left for a later part of the run."""


class CutOffError(GateRefused):
    """A host used up the time it gets; what it was saying is cut off there."""


class Patience:
    """Seconds that may be spent waiting for a host; what a part spends, the whole spends too."""

    __slots__ = ("_ended", "_limit_s", "_name", "_spent_s", "_whole")

    def __init__(self, name: str, limit_s: float, whole: Patience | None = None) -> None:
        """Take the limit. name: what it is for (one connection, one job, one host), as reasons say it."""
        self._name, self._limit_s, self._whole = name, limit_s, whole
        self._ended = ""
        self._spent_s = 0.0

    def part(self, name: str, limit_s: float) -> Patience:
        """Give a part of this patience with a limit of its own."""
        return Patience(name, limit_s, self)

    def spend(self, seconds: float) -> None:
        """Count time that went by."""
        self._spent_s += seconds
        if self._whole is not None:
            self._whole.spend(seconds)

    def end(self, why: str) -> None:
        """Have no patience left, for another reason than time; the first reason stays."""
        self._ended = self._ended or why

    def left_s(self) -> float:
        """Give the seconds that are left here and in the whole; 0 when used up."""
        mine = 0.0 if self._ended else max(self._limit_s - self._spent_s, 0.0)
        return mine if self._whole is None else min(mine, self._whole.left_s())

    def why(self) -> str:
        """Name the limit that is used up, the narrowest first, or what ended it; "" while time is left."""
        if self._ended:
            return self._ended
        if self._spent_s >= self._limit_s - _CLOCK_S:
            return f"{TIME_LIMIT}{self._limit_s:g} s for {self._name} is used up"
        return "" if self._whole is None else self._whole.why()

    def cut_off(self) -> CutOffError | None:
        """Give the error that ends a conversation; None while time is left."""
        return CutOffError(Outcome.TIMEOUT, why) if (why := self.why()) else None

    def refusal(self) -> GateRefused | None:
        """Give the refusal of a further connection; None while time is left."""
        return GateRefused(Outcome.NOT_TRIED, why) if (why := self.why()) else None
