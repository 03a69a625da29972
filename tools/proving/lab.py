"""A lab for programs: scenario up, folder to survey, capture beside it, score, everything down at the end."""

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

from lab.scenario.model import Scenario

SEKISHO: Final = Path(sys.executable).parent / "sekisho"
OK: Final = frozenset({0})
REFUSED: Final = frozenset({2, 4})
"""What a survey says when documents or scope make no sense: it hasn't begun, and won't from elsewhere either."""


def environment() -> dict[str, str]:
    """Give what a survey of the shipped scenarios needs: their SNMP community."""
    return {**os.environ, "SEKISHO_SNMP_LAB": "sekisho-lab-ro"}


class CommandFailed(SystemExit):
    """A command ended otherwise than expected; ends the program with what it said, unless somebody knows better."""


def sekisho(
    *arguments: str | Path, codes: frozenset[int] | None = OK, shown: bool = False, limit_s: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command.

    Takes: codes: exit codes that are fine, None = any. shown: its progress goes to our standard error.
    Raises: CommandFailed for any other exit code, and when it takes longer than `limit_s`.
    """
    command = [str(SEKISHO), *map(str, arguments)]
    told = f"sekisho {' '.join(command[1:])}"
    progress = None if shown else subprocess.PIPE
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=progress, text=True, check=False, env=environment(), timeout=limit_s
        )
    except subprocess.TimeoutExpired:
        msg = f"{told}: not over after {limit_s:.0f} s"
        raise CommandFailed(msg) from None
    if codes is not None and done.returncode not in codes:
        said = f"{done.stdout}{done.stderr or ''}"
        msg = f"{told}: exit {done.returncode}, expected {sorted(codes)}\n{said}"
        raise CommandFailed(msg)
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
    netns: str
    """Its name, which everything that the driver made carries."""

    def config(self) -> dict[str, Any]:
        """Read the engagement file as the survey will."""
        return tomllib.loads((self.engagement / "engagement.toml").read_text("utf-8"))

    def sources(self) -> set[str]:
        """Give our own addresses."""
        return {source for v in self.config()["vantage"] for source in v.get("source", ())}

    def survey(self, *, codes: frozenset[int] = OK, limit_s: float | None = None) -> int:
        """Survey from every vantage, one after another as with one laptop, then close the run; gives the worst code.

        Limits: without a vantage whose survey was refused the others aren't tried.
        """
        names = [vantage["name"] for vantage in self.config()["vantage"]]
        visits = [["--vantage", name] for name in names] if len(names) > 1 else []
        worst = 0
        for options in [*visits, ["--close"]]:
            done = sekisho("survey", self.engagement, *options, codes=codes, limit_s=limit_s)
            worst = max(worst, done.returncode)
            if done.returncode in REFUSED:
                break
        return worst

    def score(self) -> dict[str, Any]:
        """Make the report and compare it with the truth."""
        sekisho("report", self.engagement)
        told = sekisho("lab", "score", self.work, "--json", codes=frozenset({0, 1})).stdout
        score: dict[str, Any] = json.loads(told)
        return score

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
    up = json.loads(sekisho("lab", "up", scenario, "--dir", work, "--driver", driver, "--json").stdout)
    try:
        yield Lab(work, Path(up["engagement"]), up["netns"])
    finally:
        sekisho("lab", "down", work)


def driver_of(scenario: Scenario, preferred: str) -> str:
    """Give the driver to bring a scenario up with: the one preferred where the scenario names it, else its first."""
    return preferred if preferred in scenario.drivers else scenario.drivers[0]


def wrong_rows(score: dict[str, Any]) -> list[str]:
    """List what a score has against a report: `missed findings host:192.0.2.1 …`; likewise `false` and `unsafe`."""
    missed = [f"missed {row['section']} {row['row']}" for row in score["rows"] if row["outcome"] == "missed"]
    false = [f"false {row['section']} {row['row']}" for row in score["false_rows"]]
    unsafe = [f"unsafe {row['section']} {row['row']}: {row['reported']}" for row in score["unsafe_passes"]]
    return [*missed, *false, *unsafe]


def database_rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Read rows of a survey.db."""
    connection = sqlite3.connect(f"file:{folder / 'survey.db'}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
