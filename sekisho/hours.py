"""Consent hours: whether a moment lies in the facility's agreed windows, and when the current one closes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sekisho.model.engagement import Consent, HoursWindow

_DAY = timedelta(days=1)


def _instant(day: date, clock: time, zone: ZoneInfo, *, latest: bool) -> datetime:
    """Give the moment (UTC) at which the facility's clocks show a time.

    Where clocks change, a time may come twice or never: of the two readings the one holds that narrows the window.
    """
    naive = datetime.combine(day, clock)
    both = [naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(both) if latest else min(both)


@lru_cache(maxsize=1 << 10)  # each target asks for the same ten days
def _span(window: HoursWindow, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Give the opening and closing moment, in UTC, of a window that begins on `day`."""
    crosses = window.whole_day or window.end <= window.start
    closing = time() if window.whole_day else window.end
    return (
        _instant(day, window.start, zone, latest=True),
        _instant(day + _DAY if crosses else day, closing, zone, latest=False),
    )


def closes_at(windows: Iterable[HoursWindow], now: datetime, zone: ZoneInfo) -> datetime | None:
    """Tell when the agreed time around `now` ends, in UTC; None when `now` lies in no window.

    Adjoining windows count as one (a window that crosses midnight meets the next day's). Takes: now aware.
    Looks at most eight days ahead, so an always-open consent is asked again weekly.
    """
    today = now.astimezone(zone).date()
    days = [today + _DAY * n for n in range(-1, 9)]
    spans = sorted(_span(w, d, zone) for w in windows for d in days if d.weekday() in w.days)
    end: datetime | None = None
    for start, stop in spans:
        if end is None:
            if start <= now < stop:
                end = stop
        elif start <= end < stop:
            end = stop
    return end


def in_force(consent: Consent, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a moment lies within a consent's dates, whatever its hours. Inclusive, facility time."""
    return consent.valid_from <= now.astimezone(zone).date() <= consent.valid_until


def consent_until(consent: Consent, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Tell until when (UTC) a consent valid now stays so; None when it is not. Dates: inclusive, facility time."""
    if not in_force(consent, now, zone):
        return None
    today = now.astimezone(zone).date()
    end = closes_at(consent.hours, now, zone)
    if end is None or consent.valid_until - today > _DAY * 9:
        return end
    return min(end, _instant(consent.valid_until + _DAY, time(), zone, latest=False))
