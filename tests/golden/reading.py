"""Golden transcripts: <scanner>/<name>.raw (transcript), .json (what is read in it), .meta.toml (where it comes from).

After a wanted change: `SEKISHO_GOLDEN=write pytest tests/golden` rewrites the .json files; a person reviews the diff.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from sekisho.model.observations import Reading

FOLDER = Path(__file__).parent
META_KEYS = {"device", "firmware", "origin", "date", "consent", "anonymised"}


def cases(scanner: str) -> list[Path]:
    """Give the recorded transcripts of one scanner, in name order."""
    return sorted((FOLDER / scanner).glob("*.raw"))


def as_json(reading: Reading) -> str:
    """Print a reading in a form that shows every field and diffs well."""
    facts = [{"subject": s, "type": type(f).__name__, **dataclasses.asdict(f)} for s, f in reading.facts]
    document = {"outcome": reading.outcome.value, "detail": reading.detail, "facts": facts}
    return json.dumps(document, ensure_ascii=False, indent=1, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    """Print what JSON has no form for."""
    return sorted(value) if isinstance(value, frozenset) else str(value)
