"""The bytes of a configuration file → its lines, numbered as an editor numbers them. Pure and total.

Files come as terminals and editors left them: UTF-8 with or without a mark, UTF-16, Shift_JIS or EUC-JP, any line end,
a pager's prompts between the pages and the backspaces that wiped them, colours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_ENCODINGS: Final = ("utf-8", "cp932", "euc_jp")
"""In this order: strict UTF-8 takes hardly anything that was not meant as UTF-8; CP932 takes most of EUC-JP as half-
width katakana, so a text is held for EUC-JP where that reading has none and CP932's has."""

_ESCAPE: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][0-9A-B]")
_WIPED: Final = re.compile(r"[^\x08\n]\x08")
_PAGER: Final = re.compile(
    r"-{2,}\s?\(?more[^)\n-]*\)?\s?-{0,}|<--- More --->|---つづく---|lines \d+-\d+(?:/\d+ \(END\))?|\(END\)",
    re.IGNORECASE,
)
_HALF_WIDTH: Final = re.compile(r"[\uff61-\uff9f]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty. number: from 1. text: without its end; leading blanks kept, they carry meaning."""

    number: int
    text: str

    @property
    def indent(self) -> int:
        """Count the blanks before the first word; a tab counts as one."""
        return len(self.text) - len(self.text.lstrip())


def read_lines(raw: bytes) -> tuple[Line, ...]:
    """Read the lines of a file; never fails, what is no text reads as replacement characters."""
    lines = read_text(raw).split("\n")
    return tuple(Line(number, text) for number, text in enumerate(lines, 1) if text.strip())


def read_text(raw: bytes) -> str:
    """Read a file as its device meant it: one kind of line end, nothing of the terminal. Reading it again is the same.

    Secrets are looked for in this text: by what stands at the begin of a line, which a pager's prompt would hide.
    """
    lines = decode(raw).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_clean(text) for text in lines)


def decode(raw: bytes) -> str:
    """Read bytes in the encoding they are most likely in."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    readings = {e: text for e in _ENCODINGS if (text := _try(raw, e)) is not None}
    if "utf-8" in readings or not readings:
        return readings.get("utf-8", raw.decode("utf-8", "replace"))
    if "euc_jp" in readings and _HALF_WIDTH.search(readings.get("cp932", "\uff61")):
        return readings["euc_jp"]
    return next(iter(readings.values()))


def _try(raw: bytes, encoding: str) -> str | None:
    """Read bytes strictly; None if they are not in this encoding."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _clean(text: str) -> str:
    """Take away what a terminal added to a line."""
    text = _ESCAPE.sub("", text)
    if "\x08" in text:
        text = _PAGER.sub(lambda m: "\x07" * len(m[0]), text)
        while _WIPED.search(text):
            text = _WIPED.sub("", text)
    text = _PAGER.sub("", text) if _PAGER.match(text.strip()) else text
    return "".join(c for c in text if c >= " " or c == "\t").rstrip()
