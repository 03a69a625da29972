"""What a mutation is, and the copied scenario that it changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TruthChange:
    """A truth row that is no longer right: replaced by another, or gone (`after` None), or new (`before` None)."""

    section: str
    before: Row | None
    after: Row | None

    @property
    def touches(self) -> str:
        """Name the row of the report that must change."""
        row = self.before or self.after or {}
        if self.section == "findings":
            return f"findings {row['subject']} {row['topic']}"
        if self.section == "services":
            return f"services {row['at']} {row['transport']}/{row['port']}"
        return f"{self.section} {row.get('at', '')}"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One changed parameter and what follows from it."""

    seed: int
    operator: str
    place: str
    before: str
    after: str
    truth_changes: tuple[TruthChange, ...]
    """Rows that must change; others may."""

    @property
    def touches(self) -> tuple[str, ...]:
        """Name the rows of the report that must change, so that the original truth can't score 1.00."""
        return tuple(change.touches for change in self.truth_changes)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change that can be made."""

    operator: str
    place: str
    before: str
    after: str
    truth_changes: tuple[TruthChange, ...]
    apply: Callable[[], None]


class Folder:
    """A copied scenario that may be changed."""

    def __init__(self, root: Path) -> None:
        """Read scenario and truth."""
        self.root = root
        self.file = root / "scenario.toml"
        self.document = tomlkit.parse(self.file.read_text(encoding="utf-8"))
        self._before = self.document.unwrap()
        self.truth: dict[str, Any] = json.loads((root / "truth.json").read_text(encoding="utf-8"))

    def save(self) -> None:
        """Write the scenario back with its comments, if it was changed and not a register beside it."""
        if self.document.unwrap() != self._before:
            self.file.write_text(tomlkit.dumps(self.document), encoding="utf-8")

    def hosts(self) -> list[Any]:
        """List the hosts that are up and stay so, as editable tables."""
        hosts = self.document.get("host", [])
        return [host for host in hosts if host.get("state", "up") == "up" and "vanishes_after_s" not in host]

    def rows(self, section: str) -> list[Row]:
        """List the truth rows of a section."""
        rows: list[Row] = self.truth.get(section, [])
        return rows

    def is_complete(self, name: str) -> bool:
        """Tell whether truth claims to name everything there."""
        return name in self.truth.get("complete", [])


def addresses(host: Any) -> list[str]:  # noqa: ANN401 - an editable table
    """List a host's addresses."""
    return [str(leg[version]) for leg in host["legs"] for version in ("ipv4", "ipv6") if version in leg]


def service_place(host: Any, service: Any) -> str:  # noqa: ANN401 - editable tables
    """Name a service as `rt-main tcp/443`."""
    return f"{host['name']} {service.get('transport', 'tcp')}/{service['port']}"


def finding_changes(
    folder: Folder, subjects: set[str], topic: str, verdicts: Mapping[str, str | None]
) -> tuple[TruthChange, ...]:
    """Give the changes of all truth findings on a topic: old verdict → new one, or None for a row that is gone."""
    return tuple(
        TruthChange("findings", row, {**row, "verdict": after} if (after := verdicts[row["verdict"]]) else None)
        for row in folder.rows("findings")
        if row["topic"] == topic and row["subject"] in subjects and row["verdict"] in verdicts
    )


def turned_bad(folder: Folder, subject: str, topic: str) -> tuple[TruthChange, ...]:
    """Give the change of a subject that fails now: `pass` turns, or a row comes where truth names every fail."""
    changes = finding_changes(folder, {subject}, topic, {"pass": "fail"})
    has_row = any(row["subject"] == subject and row["topic"] == topic for row in folder.rows("findings"))
    if changes or has_row or not folder.is_complete(f"topic:{topic}"):
        return changes
    return (TruthChange("findings", None, {"subject": subject, "topic": topic, "verdict": "fail"}),)
