"""What a run measured, on disk: the page can be written again, with other words, without asking anybody."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tools.benching.endpoints.cable import Cost
from tools.benching.endpoints.facts import Compared, Found
from tools.benching.endpoints.measuring import Asked

FILE: Final = Path(__file__).parents[3] / "build" / "endpoints.json"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run. on: the day and what it ran on. named: every protocol's named targets; many: the drawn ones."""

    on: str
    named: tuple[Asked, ...]
    many: tuple[Asked, ...]

    def keep(self) -> None:
        """Write it down."""
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(json.dumps(asdict(self), default=sorted), "utf-8")


def read() -> Measured:
    """Give the last run. Raises: SystemExit when there was none."""
    if not FILE.exists():
        raise SystemExit("nothing was measured here yet")
    raw = json.loads(FILE.read_text("utf-8"))
    return Measured(raw["on"], *(tuple(_asked(row) for row in raw[part]) for part in ("named", "many")))


def _asked(row: dict[str, Any]) -> Asked:
    """Read one row."""
    compared = Compared(*(_found(row["compared"][part]) for part in ("found", "missed", "wrong")))
    return Asked(
        row["tool"], row["target"], compared, tuple(row["asks"]), Cost(**row["cost"]), row["inner_s"],
    )  # fmt: skip


def _found(facts: list[list[str]]) -> Found:
    """Read facts."""
    return frozenset(tuple(fact) for fact in facts)
