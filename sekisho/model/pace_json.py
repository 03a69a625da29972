"""Pace profiles as canonical JSON, so that a run keeps the pace it was opened with."""

from __future__ import annotations

import json
from dataclasses import asdict

from sekisho.model.pace import Pace
from sekisho.model.tiers import Tier


def pace_to_json(pace: Pace) -> str:
    """Write a pace, sorted keys."""
    return json.dumps(asdict(pace), sort_keys=True, separators=(",", ":"))


def pace_from_json(text: str) -> Pace:
    """Read what `pace_to_json` wrote. Raises: ValueError, KeyError for anything else."""
    raw = json.loads(text)
    raw["unknown_tier"], raw["ceiling"] = Tier(raw["unknown_tier"]), Tier(raw["ceiling"])
    raw["t1_ports"], raw["t2_ports"] = tuple(raw["t1_ports"]), tuple(raw["t2_ports"])
    first, second, third = raw["budget"]
    raw["budget"] = (first, second, third)
    return Pace(**raw)
