"""Dates as Japanese registers write them: 2026/11/1, 令和8年11月1日, R8.11.1, Excel serial numbers."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import Final

from sekisho.intake.cells.parsed import CellValue, Parsed, Remark, folded, shown
from sekisho.intake.cells.words import words

_ERA_YEAR_ZERO: Final = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_ERA_SHORT: Final = {
    "m": "明治", "t": "大正", "s": "昭和", "h": "平成", "r": "令和",
    "明": "明治", "大": "大正", "昭": "昭和", "平": "平成", "令": "令和",
}  # fmt: skip
_ERAS: Final = "|".join((*_ERA_YEAR_ZERO, *_ERA_SHORT))
_SIGN: Final = r"\s*[./\-年]\s*"
_FULL: Final = re.compile(
    rf"(?:(?P<era>{_ERAS})\s*(?P<eray>\d{{1,2}}|元)|(?P<year>\d{{4}})){_SIGN}"
    r"(?P<month>\d{1,2})(?:\s*[./\-月]\s*(?P<day>\d{1,2})\s*日?|\s*月)?"
)
_YEAR_ONLY: Final = re.compile(rf"(?:(?:{_ERAS})\s*(?:\d{{1,2}}|元)|\d{{4}})\s*(?:年|年度|年頃)?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d+)?")
_TIME: Final = re.compile(r"[ T日]\s*(\d{1,2})\s*[:時]\s*(\d{1,2})\s*分?(?:\s*:\s*\d{1,2}(?:\.\d+)?\s*秒?)?\s*$")
_WEEKDAY: Final = re.compile(r"\(\s*[月火水木金土日](?:曜日?)?\s*\)")
_SERIAL_EPOCH: Final = date(1899, 12, 30)
"""Day 0 of spreadsheet serial numbers from 1900-03-01 on (ECMA-376 part 1, 18.17.4.1, 1900 date system)."""
_SERIAL_RANGE: Final = range(14611, 73051)
"""1940-01-01 to 2100-01-01: five-digit numbers outside are something else."""


def parse_date(value: CellValue, *, month_end: bool = False) -> Parsed[date | None]:
    """Read a calendar date; None if empty or not precise enough (with a notice).

    month_end: what a date without a day means: the last day (a deadline) instead of the first.
    """
    if isinstance(value, datetime):
        return Parsed(value.date())
    text = _WEEKDAY.sub("", folded(value)).strip()
    if not text or text.lower() in words("empty", "any"):
        return Parsed(None)
    timed = _TIME.search(text)
    if timed:
        text = text[: timed.start()] + ("日" if text[timed.start()] == "日" else "")
    return _from_text(text.strip(), shown(value), month_end=month_end)


def parse_moment(value: CellValue) -> Parsed[datetime | None]:
    """Read a date with an optional time of day, without zone; no time means midnight."""
    if isinstance(value, datetime):
        return Parsed(value.replace(tzinfo=None))
    day = parse_date(value)
    if day.value is None:
        return Parsed(None, day.wrong, day.noted)
    timed = _TIME.search(_WEEKDAY.sub("", folded(value)))
    if timed is None:
        return Parsed(datetime.combine(day.value, time()), day.wrong, day.noted)
    try:
        clock = time(int(timed.group(1)), int(timed.group(2)))
    except ValueError:
        return Parsed(None, (Remark("date", shown(value)),))
    return Parsed(datetime.combine(day.value, clock), day.wrong, day.noted)


def _from_text(text: str, original: str, *, month_end: bool) -> Parsed[date | None]:
    """Read a date without time of day."""
    if match := _FULL.fullmatch(text.lower()):
        return _from_parts(match, original, month_end=month_end)
    if (match := _COMPACT.fullmatch(text)) and (day := _day(*(int(g) for g in match.groups()))):
        return Parsed(day)
    if _SERIAL.fullmatch(text) and int(float(text)) in _SERIAL_RANGE:
        return Parsed(_SERIAL_EPOCH + timedelta(days=int(float(text))))
    if _YEAR_ONLY.fullmatch(text.lower()):
        return Parsed(None, noted=(Remark("date_year_only", original),))
    return Parsed(None, (Remark("date", original),))


def _from_parts(match: re.Match[str], original: str, *, month_end: bool) -> Parsed[date | None]:
    """Build a date from a year (of an era or not), a month and maybe a day."""
    year = int(match["year"]) if match["year"] else _year_of_era(match["era"], match["eray"])
    month = int(match["month"])
    if match["day"] is not None:
        day = _day(year, month, int(match["day"]))
        return Parsed(day) if day else Parsed(None, (Remark("date", original),))
    first = _day(year, month, 1)
    if first is None:
        return Parsed(None, (Remark("date", original),))
    taken = first.replace(day=monthrange(year, month)[1]) if month_end else first
    return Parsed(taken, noted=(Remark("date_month_end" if month_end else "date_month_start", original),))


def _year_of_era(era: str, number: str) -> int:
    """Give the calendar year; registers go on counting an era after its end (平成35年), so that is accepted."""
    return _ERA_YEAR_ZERO[_ERA_SHORT.get(era, era)] + (1 if number == "元" else int(number))


def _day(year: int, month: int, day: int) -> date | None:
    """Build a date, None where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
