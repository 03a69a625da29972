"""What a broken server sends, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

What = Literal["oversized", "truncated", "looping"]


@dataclass(frozen=True, slots=True)
class Script:
    """Greeting, then (after the client's first bytes, if it waits) message, filling and tail, then more or the end."""

    greeting: bytes = b""
    waits: bool = False
    message: bytes = b""
    filling: bytes = b""
    """What makes the message long: sent piece by piece, so that nobody here holds all of it."""
    times: int = 0
    tail: bytes = b""
    again: bytes = b""
    """Sent over and over; b"" = never."""
    closes: bool = False
    """Ends its side at once; else it says nothing more and leaves the line open."""
