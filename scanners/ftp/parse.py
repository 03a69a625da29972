"""Reads an FTP control connection: replies of RFC 959 4.2 and the feature list of RFC 2389."""

from __future__ import annotations

import re
from typing import Final

from sekisho.errors import ParseError
from sekisho.model.facts import FtpFeatures

MOST_BYTES: Final = 8192
_LIST: Final = 211  # RFC 2389 3.2
_NO_EXTENSIONS: Final = frozenset({500, 502})  # RFC 2389 3.2: FEAT itself is unknown, so there is no extension
_LAST_LINE: Final = re.compile(rb"(?m)^(\d{3})(?: [^\r\n]*)?\r?\n")
_TLS: Final = frozenset({"AUTH TLS", "AUTH SSL", "AUTH TLS-C", "AUTH TLS-P"})


def replies(raw: bytes) -> list[tuple[int, str]]:
    """Cut a control connection's bytes into complete replies (code, text), in order; an unfinished one is left out."""
    found: list[tuple[int, str]] = []
    begin = 0
    for match in _LAST_LINE.finditer(raw):
        if match.start() < begin:
            continue
        block = raw[begin : match.end()]
        opened = re.match(rb"(\d{3})-", block)
        if opened and opened.group(1) != match.group(1):
            continue  # a line inside a multi-line reply that happens to begin with digits
        found.append((int(match.group(1)), block.decode("latin-1")))
        begin = match.end()
    return found


def is_reply_complete(raw: bytes, count: int) -> bool:
    """Tell whether at least so many replies are complete."""
    return len(replies(raw)) >= count


def parse_features(raw: bytes) -> FtpFeatures:
    """Read greeting and answer to FEAT.

    Raises: ParseError when the greeting is no FTP greeting or the answer is missing.
    """
    said = replies(raw[:MOST_BYTES])
    if not said or said[0][0] not in {120, 220}:
        msg = f"FTP greeting: got {raw[:40]!r}, expected code 220"
        raise ParseError(msg)
    answers = [r for r in said[1:] if r[0] not in {120, 220}]
    if not answers:
        msg = "FEAT: got no reply, expected code 211 or a refusal"
        raise ParseError(msg)
    code, text = answers[0]
    lines = [line.strip().upper() for line in text.splitlines()[1:-1]] if code == _LIST else []
    features = tuple(sorted({line for line in lines if line}))
    answered = code == _LIST or code in _NO_EXTENSIONS
    return FtpFeatures(answered, any(f in _TLS or f.startswith("AUTH TLS") for f in features), features)
