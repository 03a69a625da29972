"""Consent hours: facility time, windows across midnight, whole days, inclusive dates, clocks that change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_network
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.hours import closes_at, consent_until
from sekisho.model.engagement import HoursWindow
from tests.property.engagements import consent

EXAMPLES = settings(max_examples=200, deadline=None)
TOKYO, BERLIN, LORD_HOWE = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
NIGHTS = HoursWindow(frozenset(range(5)), time(19), time(6))
WEEKEND = HoursWindow(frozenset({5, 6}), time(), time(), whole_day=True)
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
WINDOWS = st.builds(HoursWindow, st.frozensets(st.integers(0, 6), min_size=1), TIMES, TIMES, st.booleans())
MOMENTS = st.integers(0, 2 * 365 * 24 * 3600).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
ZONES = st.sampled_from(
    [TOKYO, BERLIN, LORD_HOWE, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Pacific/Apia"), ZoneInfo("UTC")]
)
NET = (ip_network("192.0.2.0/24"),)


def shown(window: HoursWindow, wall: datetime) -> bool:
    """Tell from what the wall clock shows whether a window is open: the opening day is today or yesterday."""
    clock = wall.time()
    end = time() if window.whole_day else window.end
    crosses = window.whole_day or end <= window.start
    if not crosses:
        return wall.weekday() in window.days and window.start <= clock < end
    opened_today = wall.weekday() in window.days and clock >= window.start
    opened_yesterday = (wall.weekday() - 1) % 7 in window.days and clock < end
    return opened_today or opened_yesterday


@given(st.lists(WINDOWS, max_size=3), MOMENTS)
@EXAMPLES
def test_in_japan_open_is_what_the_clock_on_the_wall_says(windows: list[HoursWindow], now: datetime) -> None:
    wall = now.astimezone(TOKYO)
    assert (closes_at(windows, now, TOKYO) is not None) == any(shown(w, wall) for w in windows)


@given(st.lists(WINDOWS, min_size=1, max_size=3), MOMENTS, ZONES)
@EXAMPLES
def test_where_clocks_change_nothing_is_open_that_the_wall_clock_does_not_allow(
    windows: list[HoursWindow], now: datetime, zone: ZoneInfo
) -> None:
    if closes_at(windows, now, zone) is not None:
        assert any(shown(w, now.astimezone(zone)) for w in windows)


@given(st.lists(WINDOWS, min_size=1, max_size=3), MOMENTS, ZONES)
@EXAMPLES
def test_the_end_lies_ahead_and_is_the_end(windows: list[HoursWindow], now: datetime, zone: ZoneInfo) -> None:
    end = closes_at(windows, now, zone)
    if end is None:
        return
    assert now < end <= now + timedelta(days=10)
    just_before = end - timedelta(microseconds=1)
    assert closes_at(windows, max(now, just_before), zone) is not None
    if end < now + timedelta(days=7):  # it looks so far ahead and then asks again
        assert closes_at(windows, end, zone) is None


@given(st.lists(WINDOWS, min_size=1, max_size=2), WINDOWS, MOMENTS, ZONES)
@EXAMPLES
def test_one_more_window_never_closes_anything(
    windows: list[HoursWindow], more: HoursWindow, now: datetime, zone: ZoneInfo
) -> None:
    before, after = closes_at(windows, now, zone), closes_at([*windows, more], now, zone)
    if before is not None:
        assert after is not None
        assert after >= before


def tokyo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-23 18:59:59", None),  # Monday
        ("2026-11-23 19:00", "2026-11-24 06:00"),
        ("2026-11-24 05:59:59", "2026-11-24 06:00"),
        ("2026-11-24 06:00", None),
        ("2026-11-23 03:00", None),  # Sunday does not open at 19:00
        ("2026-11-28 05:00", "2026-11-30 00:00"),  # Friday's night meets the weekend
        ("2026-11-27 20:00", "2026-11-30 00:00"),
        ("2026-11-29 23:59", "2026-11-30 00:00"),
        ("2026-11-30 00:00", None),
    ],
)
def test_the_hours_of_the_example_in_the_contract(now: str, end: str | None) -> None:
    found = closes_at([NIGHTS, WEEKEND], tokyo(now), TOKYO)
    assert found == (tokyo(end) if end else None)


@pytest.mark.parametrize(
    ("now", "open_"),
    [
        ("2026-10-31 23:59", False),
        ("2026-11-01 00:00", True),
        ("2026-12-28 23:59", True),
        ("2026-12-29 00:00", False),
    ],
)
def test_dates_are_inclusive_in_facility_time(now: str, *, open_: bool) -> None:
    always = HoursWindow(frozenset(range(7)), time(), time(), whole_day=True)
    granted = consent(NET, hours=(always,), first=date(2026, 11, 1), last=date(2026, 12, 28))
    until = consent_until(granted, tokyo(now), TOKYO)
    assert (until is not None) == open_
    if until is not None:
        assert until <= tokyo("2026-12-29 00:00")


def test_a_night_that_outlasts_the_last_day_ends_with_it() -> None:
    granted = consent(NET, hours=(NIGHTS,), last=date(2026, 11, 26))
    assert consent_until(granted, tokyo("2026-11-26 23:00"), TOKYO) == tokyo("2026-11-27 00:00")


@pytest.mark.parametrize("last", [date(9999, 12, 31), date(9999, 12, 30)])
def test_a_consent_without_an_end_that_anybody_will_see(last: date) -> None:
    granted = consent(NET, hours=(WEEKEND,), last=last)
    assert consent_until(granted, tokyo("2026-11-28 12:00"), TOKYO) == tokyo("2026-11-30 00:00")


def test_without_hours_nothing_is_ever_open() -> None:
    assert closes_at([], tokyo("2026-11-28 12:00"), TOKYO) is None


def berlin(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


def test_an_hour_that_comes_twice_is_not_used_twice() -> None:
    """On 2026-10-25 at 03:00 the clock goes back to 02:00."""
    window = [HoursWindow(frozenset({6}), time(1), time(2, 30))]
    assert closes_at(window, berlin("2026-10-25 02:15"), BERLIN) == berlin("2026-10-25 02:30")
    assert closes_at(window, berlin("2026-10-25 02:15", fold=1), BERLIN) is None
    begins = [HoursWindow(frozenset({6}), time(2, 30), time(4))]
    assert closes_at(begins, berlin("2026-10-25 02:45"), BERLIN) is None
    assert closes_at(begins, berlin("2026-10-25 02:45", fold=1), BERLIN) == berlin("2026-10-25 04:00")


def test_an_hour_that_never_comes_shortens_a_window() -> None:
    """On 2026-03-29 at 02:00 the clock goes on to 03:00."""
    window = [HoursWindow(frozenset({6}), time(0), time(4))]
    end = closes_at(window, berlin("2026-03-29 00:00"), BERLIN)
    assert end == berlin("2026-03-29 04:00")
    assert end - berlin("2026-03-29 00:00") == timedelta(hours=3)
    into_the_gap = [HoursWindow(frozenset({6}), time(1), time(2, 30))]
    assert closes_at(into_the_gap, berlin("2026-03-29 03:10"), BERLIN) is None
