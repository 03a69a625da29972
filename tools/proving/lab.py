"""A lab run for the proof: scenario up, folder to survey, capture beside it, everything down at the end."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

SEKISHO: Final = Path(sys.executable).parent / "sekisho"


def environment() -> dict[str, str]:
    """Give what a survey of the shipped scenarios needs: their SNMP community."""
    return {**os.environ, "SEKISHO_SNMP_LAB": "sekisho-lab-ro"}


def sekisho(*arguments: str | Path, codes: frozenset[int] = frozenset({0})) -> subprocess.CompletedProcess[str]:
    """Run one command; any other exit code than expected ends the proof with what the command said."""
    command = [str(SEKISHO), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    if done.returncode not in codes:
        said = f"{done.stdout}{done.stderr}"
        msg = f"sekisho {' '.join(command[1:])}: exit {done.returncode}, expected {sorted(codes)}\n{said}"
        raise SystemExit(msg)
    return done


def start(*arguments: str | Path, said: int | IO[bytes] = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start a command without waiting; what it says goes to `said`."""
    command = [str(SEKISHO), *map(str, arguments)]
    return subprocess.Popen(command, stdout=said, stderr=said, env=environment())


@dataclass(frozen=True, slots=True)
class Lab:
    """A scenario that is up."""

    work: Path
    engagement: Path
    namespace: str

    def config(self) -> dict[str, Any]:
        """Read the engagement file as the survey will."""
        return tomllib.loads((self.engagement / "engagement.toml").read_text("utf-8"))

    def sources(self) -> set[str]:
        """Give our own addresses."""
        return {source for v in self.config()["vantage"] for source in v.get("source", ())}

    @contextmanager
    def captured(self, name: str) -> Iterator[Path]:
        """Capture beside what happens in the with-block."""
        path = self.work.parent / f"{name}.pcap"
        sekisho("lab", "capture", self.work, "--background", "--out", path)
        try:
            yield path
        finally:
            sekisho("lab", "capture", self.work, "--stop")

    def copy(self, name: str) -> Path:
        """Give a fresh copy of the engagement folder, before any survey."""
        target = self.work.parent / name
        shutil.copytree(self.engagement, target, ignore=shutil.ignore_patterns("survey.db*", "evidence", "out", ".*"))
        return target


@contextmanager
def lab(scenario: str, folder: Path, driver: str = "loopback") -> Iterator[Lab]:
    """Put a scenario up for the length of a with-block."""
    work = folder / f"lab-{Path(scenario).name}"
    up = json.loads(sekisho("lab", "up", scenario, "--driver", driver, "--dir", work, "--json").stdout)
    try:
        yield Lab(work, Path(up["engagement"]), up["netns"])
    finally:
        sekisho("lab", "down", work)


def database_rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Read rows of a survey.db."""
    connection = sqlite3.connect(f"file:{folder / 'survey.db'}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
