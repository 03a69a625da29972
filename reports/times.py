"""Moments of a report in the facility's own time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True, slots=True)
class FacilityTime:
    """Prints moments in one zone. name: as readers should see it."""

    zone: tzinfo
    name: str

    @classmethod
    def of(cls, name: str) -> FacilityTime:
        """Take an IANA name; UTC, and said so, when this machine does not know it."""
        try:
            return cls(ZoneInfo(name), name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return cls(UTC, "UTC")

    def at(self, moment: datetime) -> str:
        """Print to the second."""
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def read(self, text: str | None) -> str:
        """Print an ISO moment to the second; "—" for none, the text itself when it is no moment."""
        if not text:
            return "—"
        try:
            return self.at(moment_of(text))
        except (ValueError, OverflowError):
            return text

    def day(self, text: str | None) -> str:
        """Print an ISO moment as a date."""
        return self.read(text)[:10]


def moment_of(text: str) -> datetime:
    """Read an ISO moment; one without a zone is UTC. Raises: ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
