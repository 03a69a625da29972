"""The work folder of one lab: a copy of the scenario, and beside it what the lab itself keeps in .lab/."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab.errors import LabError


@dataclass(frozen=True, slots=True)
class Process:
    """A process that we started: a pid alone may be another's by the time we end it."""

    pid: int
    start_ticks: int


@dataclass(frozen=True, slots=True)
class DaemonRecord:
    """What must be known to end a lab and remove what it left, even after a crash."""

    scenario: str
    driver: str
    process: Process
    netns: str
    mount: str | None
    """Named namespace file (as root)."""
    links: str | None
    """Folder with the links `net` and `user` (unprivileged)."""


@dataclass(frozen=True, slots=True)
class Work:
    """Paths of one work folder."""

    root: Path

    @property
    def engagement(self) -> Path:
        """Folder to run the survey in."""
        return self.root / "engagement"

    @property
    def report(self) -> Path:
        """Where the survey leaves its report."""
        return self.engagement / "out" / "report.json"

    @property
    def truth(self) -> Path:
        """What the survey should have found."""
        return self.root / "truth.json"

    @property
    def private(self) -> Path:
        """Folder of the lab's own files."""
        return self.root / ".lab"

    @property
    def keys(self) -> Path:
        """Keys and certificates of this run."""
        return self.private / "keys"

    @property
    def log(self) -> Path:
        """Log of the daemon."""
        return self.private / "daemon.log"

    @property
    def record_file(self) -> Path:
        """Who serves this lab."""
        return self.private / "daemon.json"

    @property
    def status_file(self) -> Path:
        """How far the daemon has come."""
        return self.private / "status.json"

    @property
    def captures(self) -> Path:
        """One record per capture that runs in the background."""
        return self.private / "captures"

    def record(self) -> DaemonRecord | None:
        """Give the record of the daemon; None when no lab was ever started here, or it is ended."""
        try:
            raw = json.loads(self.record_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return DaemonRecord(**{**raw, "process": Process(**raw["process"])})

    def write_record(self, record: DaemonRecord) -> None:
        """Keep `record`."""
        write_json(self.record_file, asdict(record))

    def status(self) -> dict[str, Any]:
        """Give what the daemon wrote last; empty when it wrote nothing."""
        try:
            status: dict[str, Any] = json.loads(self.status_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return status

    def require(self) -> Work:
        """Refuse a folder that no lab was started in."""
        if not self.private.is_dir():
            raise LabError("work.not_a_lab", folder=str(self.root))
        return self


def write_json(path: Path, value: object) -> None:
    """Write whole or not at all: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(path)


def fresh_folder(parent: Path, name: str) -> Path:
    """Name the first folder `name`, `name-2`, … that doesn't exist yet."""
    number, candidate = 1, parent / name
    while candidate.exists():
        number += 1
        candidate = parent / f"{name}-{number}"
    return candidate


def known_work_folders(parent: Path) -> tuple[Path, ...]:
    """List the work folders under `parent`, sorted by name."""
    if not parent.is_dir():
        return ()
    return tuple(sorted(entry for entry in parent.iterdir() if (entry / ".lab").is_dir()))
