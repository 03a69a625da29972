"""Readings as JSON for golden files: sorted, so that a diff shows what changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sekisho.model.observations import Reading


def reading_json(reading: Reading) -> str:
    """Write outcome and facts; sets are sorted, moments in ISO form."""
    facts = [{"subject": subject, "type": type(fact).__name__, **asdict(fact)} for subject, fact in reading.facts]
    return json.dumps({"outcome": reading.outcome, "facts": facts}, default=_plain, indent=1, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()}"
    msg = f"no JSON form for {type(value).__name__}"
    raise TypeError(msg)
