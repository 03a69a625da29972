"""The site walk (巡視): rows → what was seen with one's own eyes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sekisho.intake.cells.dates import parse_moment
from sekisho.intake.rows import Row
from sekisho.model.engagement import SiteWalkNote


def read_sitewalk(rows: Iterable[Row], zone: ZoneInfo) -> tuple[SiteWalkNote, ...]:
    """Read every row; times are the facility's and come out in UTC."""
    return tuple(_note(row, zone) for row in rows)


def _note(row: Row, zone: ZoneInfo) -> SiteWalkNote:
    """Read one row."""
    moment = row.take("at", parse_moment)
    return SiteWalkNote(
        location=row.text("location"),
        device=row.text("device"),
        label=row.text("label"),
        line_number=row.text("line_number"),
        photo=row.text("photo"),
        note=row.text("note"),
        at=_in_utc(moment, zone),
        origin=row.origin,
    )


def _in_utc(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Turn a clock time of the facility into UTC; None where the calendar ends (year 1, year 9999)."""
    try:
        return moment.replace(tzinfo=zone).astimezone(UTC) if moment else None
    except OverflowError:
        return None
