"""A file that may be a configuration → what of it may be stored. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from scanners.configs.platforms import recognise_platform
from scanners.configs.secrets import Masker
from scanners.configs.text import read_lines, read_text

_STATED: Final = re.compile(r"(?m)^# Reporting Date:\s+(\w{3}\s+\d{1,2} \d\d:\d\d:\d\d \d{4})")
"""YAMAHA writes it at the head of `show config` (UNVERIFIED on a device); the zone is not said, so it is taken as UTC,
at most 14 hours late or 12 early."""


@dataclass(frozen=True, slots=True)
class Collected:
    """A configuration without its secrets. masked: UTF-8. stated: when it was saved, None if it does not say."""

    masked: bytes
    stated: datetime | None


def collect(raw: bytes, masker: Masker) -> Collected | None:
    """Mask a configuration; None for a file in which no platform's configuration is recognised."""
    if recognise_platform(read_lines(raw)) is None:
        return None
    text = read_text(raw)
    return Collected(masker.mask(text).encode(), _stated(text))


def _stated(text: str) -> datetime | None:
    """Read when a configuration says it was saved."""
    found = _STATED.search(text)
    try:
        return datetime.strptime(" ".join(found[1].split()), "%b %d %H:%M:%S %Y").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
