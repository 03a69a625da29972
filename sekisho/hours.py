"""Consent hours: whether a moment lies in the facility's agreed windows, and when the current one closes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sekisho.model.engagement import Consent, HoursWindow

_DAY = timedelta(days=1)


def _span(window: HoursWindow, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Give the opening and closing moment of a window that begins on `day` (wall-clock arithmetic, then zone)."""
    start = datetime.combine(day, window.start, zone)
    crosses = window.whole_day or window.end <= window.start
    end_day = day + _DAY if crosses else day
    return start, datetime.combine(end_day, time() if window.whole_day else window.end, zone)


def closes_at(windows: Iterable[HoursWindow], now: datetime, zone: ZoneInfo) -> datetime | None:
    """Tell when the agreed time around `now` ends; None when `now` lies in no window.

    Adjoining windows count as one (a window that crosses midnight meets the next day's). Takes: now aware.
    Looks at most eight days ahead, so an always-open consent is asked again weekly.
    """
    local = now.astimezone(zone)
    days = [local.date() + _DAY * n for n in range(-1, 9)]
    spans = sorted(_span(w, d, zone) for w in windows for d in days if d.weekday() in w.days)
    end: datetime | None = None
    for start, stop in spans:
        if end is None:
            if start <= local < stop:
                end = stop
        elif start <= end < stop:
            end = stop
    return end


def consent_until(consent: Consent, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Tell until when a consent that is valid now stays so; None when it isn't. Dates are inclusive, facility time."""
    today = now.astimezone(zone).date()
    if not consent.valid_from <= today <= consent.valid_until:
        return None
    end = closes_at(consent.hours, now, zone)
    if end is None:
        return None
    return min(end, datetime.combine(consent.valid_until + _DAY, time(), zone))
