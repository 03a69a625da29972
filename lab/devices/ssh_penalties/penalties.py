"""Who is banned, and until when; the clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class _Record:
    """Penalty of one source."""

    until: float
    is_active: bool = False


class Penalties:
    """Penalties add up while they last; from the minimum on they are a ban, which lasts till all have run out."""

    def __init__(self, penalty_s: float, min_s: float, max_s: float) -> None:
        """Begin with nobody punished."""
        self._penalty_s = penalty_s
        self._min_s = min_s
        self._max_s = max_s
        self._records: dict[str, _Record] = {}

    def is_banned(self, source: str, now: float) -> bool:
        """Tell whether a source is refused now; a penalty that has run out is forgotten."""
        record = self._records.get(source)
        if record is not None and record.until <= now:
            del self._records[source]
            return False
        return record is not None and record.is_active

    def punish(self, source: str, now: float) -> None:
        """Add one penalty to a source."""
        record = self._records.setdefault(source, _Record(now))
        record.until = min(max(record.until, now) + self._penalty_s, now + self._max_s)
        record.is_active = record.is_active or record.until - now >= self._min_s
