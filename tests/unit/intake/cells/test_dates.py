from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.intake.cells.dates import parse_date, parse_moment

FORMS = [
    ("2026/11/1", date(2026, 11, 1)),
    ("2026-11-01", date(2026, 11, 1)),
    ("2026.11.1", date(2026, 11, 1)),
    ("2026年11月1日", date(2026, 11, 1)),
    ("2026年 11月 1日(日)", date(2026, 11, 1)),
    ("２０２６／１１／１", date(2026, 11, 1)),
    ("20261101", date(2026, 11, 1)),
    ("令和8年11月1日", date(2026, 11, 1)),
    ("令和８年１１月１日", date(2026, 11, 1)),
    ("㋿8年11月1日", date(2026, 11, 1)),
    ("令和元年5月1日", date(2019, 5, 1)),
    ("R8.11.1", date(2026, 11, 1)),
    ("R8/11/1", date(2026, 11, 1)),
    ("r 8. 11. 1", date(2026, 11, 1)),
    ("R1.10.1", date(2019, 10, 1)),
    ("H30.4.1", date(2018, 4, 1)),
    ("平成30年4月1日", date(2018, 4, 1)),
    ("平成31年4月1日", date(2019, 4, 1)),
    ("平成35年4月1日", date(2023, 4, 1)),
    ("昭和63年12月31日", date(1988, 12, 31)),
    ("S63.12.31", date(1988, 12, 31)),
    ("46327", date(2026, 11, 1)),
    ("46327.5", date(2026, 11, 1)),
    ("2026/11/1 10:30", date(2026, 11, 1)),
    ("2026-11-01T10:30:05", date(2026, 11, 1)),
    ("2026年11月1日10時30分", date(2026, 11, 1)),
    (datetime.fromisoformat("2026-11-01 09:00"), date(2026, 11, 1)),
    ("2024/2/29", date(2024, 2, 29)),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_date_in_every_form(text: str | datetime, expected: date) -> None:
    parsed = parse_date(text)
    assert (parsed.value, parsed.wrong) == (expected, ())


@pytest.mark.parametrize("text", ["", " ", "-", "ー", "未定", "不明", "なし", "N/A"])
def test_empty_words_are_no_date(text: str) -> None:
    assert parse_date(text) == parse_date("")
    assert parse_date(text).value is None
    assert not parse_date(text).wrong


@pytest.mark.parametrize(
    "text",
    [
        "2026/13/1",
        "2025/2/29",
        "11/1",
        "1/11/2026",
        "26/11/1",
        "R8.11.32",
        "来年",
        "2026/11/1から",
        "12345",
        "99999",
        "令和8年0月",
    ],
)
def test_what_is_no_date_is_wrong(text: str) -> None:
    parsed = parse_date(text)
    assert parsed.value is None
    assert [r.key for r in parsed.wrong] == ["date"]


def test_month_without_day_is_told() -> None:
    start, end = parse_date("R9.2"), parse_date("令和9年2月", month_end=True)
    assert (start.value, start.noted[0].key) == (date(2027, 2, 1), "date_month_start")
    assert (end.value, end.noted[0].key) == (date(2027, 2, 28), "date_month_end")


@pytest.mark.parametrize("text", ["2019年", "2019年頃", "平成30年度", "H30", "2019"])
def test_year_alone_is_no_date_and_told(text: str) -> None:
    parsed = parse_date(text)
    assert (parsed.value, parsed.wrong) == (None, ())
    assert parsed.noted[0].key == "date_year_only"


def test_moment_keeps_the_time_of_day() -> None:
    assert parse_moment("2026/11/20 14:30").value == datetime.fromisoformat("2026-11-20 14:30")
    assert parse_moment("令和8年11月20日14時30分").value == datetime.fromisoformat("2026-11-20 14:30")
    assert parse_moment("2026/11/20").value == datetime.fromisoformat("2026-11-20")
    assert parse_moment("2026/11/20 25:00").wrong
    assert parse_moment("").value is None


@given(st.text() | st.from_regex(r"[0-9RHS令和平成元年月日./\-: T]{1,20}"))
def test_total(text: str) -> None:
    parse_date(text)
    parse_date(text, month_end=True)
    parse_moment(text)


@given(st.dates(date(1940, 1, 1), date(2099, 12, 31)))
def test_every_date_reads_back_in_every_style(day: date) -> None:
    for text in (f"{day:%Y/%m/%d}", f"{day.year}年{day.month}月{day.day}日", day.isoformat(), f"{day:%Y%m%d}"):
        assert parse_date(text).value == day
    if day >= date(2019, 5, 1):
        assert parse_date(f"R{day.year - 2018}.{day.month}.{day.day}").value == day
