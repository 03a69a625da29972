"""What a broken server sends, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

What = Literal["oversized", "truncated", "looping"]


@dataclass(frozen=True, slots=True)
class Script:
    """Greeting, then (after the client's first bytes, if it waits) the message, then more of the same or the end."""

    greeting: bytes = b""
    waits: bool = False
    message: bytes = b""
    again: bytes = b""
    """Sent over and over; b"" = never."""
    closes: bool = False
    """Ends its side at once; else it says nothing more and leaves the line open."""
