"""Why a tool differs from the configuration: what was looked into, and found out."""

from __future__ import annotations

from typing import Final

_REASONS: Final = (
    ("nmap", "misses", "key", "", "one certificate is read, whichever the server prefers"),
    ("sslscan", "misses", "key", "", "one certificate is read, whichever the server prefers"),
)
"""Tool, word, kind of fact, beginning of the target's name; the first that fits counts."""


def explanation(tool: str, word: str, kind: str, target: str) -> str:
    """Give the reason, or say that there is none yet."""
    for one_tool, one_word, one_kind, start, reason in _REASONS:
        if (one_tool, one_word, one_kind) == (tool, word, kind) and target.startswith(start):
            return reason
    return "not explained"
