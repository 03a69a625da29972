from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.intake.config.hours import parse_hours

WEEK = frozenset(range(7))
WORK = frozenset(range(5))


@pytest.mark.parametrize(
    ("text", "days", "start", "end"),
    [
        ("Mon-Fri 19:00-06:00", WORK, time(19), time(6)),
        ("mon-fri 9:00-17:30", WORK, time(9), time(17, 30)),
        ("Monday-Friday 19:00-06:00", WORK, time(19), time(6)),
        ("月-金 19:00-06:00", WORK, time(19), time(6)),
        ("月～金　１９：００～翌６：００", WORK, time(19), time(6)),
        ("月曜日-金曜日 19:00-06:00", WORK, time(19), time(6)),
        ("月、水、金 19:00-21:00", frozenset({0, 2, 4}), time(19), time(21)),
        ("月水金 19:00-21:00", frozenset({0, 2, 4}), time(19), time(21)),
        ("Fri-Mon 19:00-21:00", frozenset({4, 5, 6, 0}), time(19), time(21)),
        ("Mon-Wed,Sat 19:00-21:00", frozenset({0, 1, 2, 5}), time(19), time(21)),
        ("毎日 22:00-05:00", WEEK, time(22), time(5)),
    ],
)
def test_windows(text: str, days: frozenset[int], start: time, end: time) -> None:
    window = parse_hours(text)
    assert window is not None
    assert (window.days, window.start, window.end, window.whole_day) == (days, start, end, False)


@pytest.mark.parametrize("text", ["Sat,Sun 00:00-24:00", "Mon-Sun 00:00-24:00", "Mon 19:00-24:00"])
def test_until_midnight(text: str) -> None:
    window = parse_hours(text)
    assert window is not None
    assert (window.end, window.whole_day) == (time(), True)


@pytest.mark.parametrize(
    "text",
    [
        *("", "Mon-Fri", "19:00-06:00", "Mon 25:00-26:00", "Mon 10:60-11:00", "Xyz 19:00-20:00", "Mon 00:00-00:00"),
        *("祝 19:00-20:00", "Mon 24:00-06:00", "Mon- 19:00-20:00", "Mon 19-20", "Mon,,Tue 19:00-20:00"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    assert parse_hours(text) is None


@given(st.text() | st.from_regex(r"[MonTueFri月金,\-~ 0-9:]{1,30}"))
def test_total(text: str) -> None:
    window = parse_hours(text)
    assert window is None or window.days
