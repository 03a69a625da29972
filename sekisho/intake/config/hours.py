"""Agreed hours: `Mon-Fri 19:00-06:00`, `Sat,Sun 00:00-24:00`, `月-金 19:00-翌6:00` → a window."""

from __future__ import annotations

import re
import unicodedata
from datetime import time
from typing import Final

from sekisho.model.engagement import HoursWindow

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_JAPANESE: Final = "月火水木金土日"
_NUMBER: Final = {
    **{name: n for n, name in enumerate(_DAYS)},
    **{name: n for n, name in enumerate(_FULL)},
    **{f"{sign}{end}": n for n, sign in enumerate(_JAPANESE) for end in ("", "曜", "曜日")},
}
_WHOLE_WEEK: Final = frozenset({"毎日", "全日", "daily", "everyday"})
_WINDOW: Final = re.compile(
    r"(?P<days>[^\d]+?)\s*(?P<h1>\d{1,2}):(?P<m1>\d{2})\s*-\s*(?:翌日?)?\s*(?P<h2>\d{1,2}):(?P<m2>\d{2})"
)
_MIDNIGHT: Final = (24, 0)


def parse_hours(text: str) -> HoursWindow | None:
    """Read one window; None when it doesn't follow the grammar.

    Same start and end is refused: it may mean all day or nothing. All day is 00:00-24:00.
    """
    line = unicodedata.normalize("NFKC", text).strip().lower()
    line = re.sub(r"[~〜–—―−‐]|から", "-", line)
    match = _WINDOW.fullmatch(line)
    if match is None:
        return None
    days = _days(match["days"])
    start = _clock(int(match["h1"]), int(match["m1"]))
    until_midnight = (int(match["h2"]), int(match["m2"])) == _MIDNIGHT
    end = time() if until_midnight else _clock(int(match["h2"]), int(match["m2"]))
    if not days or start is None or end is None or (start == end and not until_midnight):
        return None
    return HoursWindow(days, start, end, until_midnight)


def _clock(hour: int, minute: int) -> time | None:
    """Build a time of day, None where there is none."""
    try:
        return time(hour, minute)
    except ValueError:
        return None


def _days(text: str) -> frozenset[int]:
    """Read days: single ones, ranges (which may pass Sunday), lists; empty when one of them is no day."""
    compact = text.strip()
    if compact in _WHOLE_WEEK:
        return frozenset(range(7))
    if compact and all(c in _JAPANESE for c in compact):  # 月火水
        return frozenset(_JAPANESE.index(c) for c in compact)
    found: set[int] = set()
    for part in re.split(r"[,、・]", compact):
        first, dash, last = (p.strip() for p in part.partition("-"))
        if first not in _NUMBER or (dash and last not in _NUMBER):
            return frozenset()
        begin, end = _NUMBER[first], _NUMBER[last] if dash else _NUMBER[first]
        found |= {(begin + n) % 7 for n in range((end - begin) % 7 + 1)}
    return frozenset(found)
