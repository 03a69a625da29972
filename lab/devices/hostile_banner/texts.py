"""Texts that do harm where they are shown without care."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

TextName = Literal["escapes", "html", "formula", "invalid_utf8", "bidi", "long_line"]
LONG_LINE_BYTES = 1024 * 1024

TEXTS: Mapping[TextName, bytes] = MappingProxyType(
    {
        # Clears the screen, sets the window title, asks the terminal for its status (ECMA-48; xterm control sequences).
        "escapes": b"\x1b[2J\x1b[1;31mALERT\x1b[0m\x1b]0;owned\x07\x1b[6n\x9b31m",
        "html": b"<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>",
        # What spreadsheets take for a formula begins with one of = + - @ (OWASP, CSV injection).
        "formula": b'=cmd|\'/C calc\'!A0\r\n@SUM(1+1)\r\n+1+1\r\n-1+1\r\n=HYPERLINK("http://192.0.2.1/","x")',
        # A lone continuation byte, an overlong slash, a surrogate, a byte that never occurs (RFC 3629).
        "invalid_utf8": b"\x80 \xc0\xaf \xed\xa0\x80 \xff\xfe \xf0\x9f",
        # Right-to-left override and a zero-width space: a name that reads differently from what it is.
        "bidi": "gpj.\u202eexe\u200b".encode(),
        "long_line": b"A" * LONG_LINE_BYTES,
    }
)


def hostile_text(names: Iterable[TextName]) -> bytes:
    """Give the texts, each on a line of its own so that a formula begins one."""
    return b"\r\n".join(TEXTS[name] for name in names)
