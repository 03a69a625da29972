"""Wiring: which scanners, checks, profiles and report formats this installation has."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path

import checks
import scanners
from scanners.hosts.frames import ScapyFrames
from sekisho.assessment.kit import Kit
from sekisho.cli.kit import load_kit
from sekisho.engine.survey import SurveyPlan
from sekisho.errors import UsageError
from sekisho.intake.load import Intake, load_engagement
from sekisho.messages import say
from sekisho.model.engagement import Engagement
from sekisho.model.subjects import IPAddress
from sekisho.profile_files import load_fragility, load_pace
from sekisho.registry import Scanner, discover_checks, discover_scanners

LOCK_FILE = ".sekisho.lock"


def tool_version() -> str:
    """Give the installed version."""
    return version("sekisho")


def all_scanners() -> dict[str, Scanner]:
    """Find the scanners of this installation."""
    return discover_scanners(scanners)


@dataclass(frozen=True, slots=True)
class Loaded:
    """An engagement folder, read and wired."""

    folder: Path
    intake: Intake
    kit: Kit

    @property
    def engagement(self) -> Engagement:
        """What the documents say."""
        return self.intake.engagement


def load(folder: Path, *, lang: str) -> Loaded:
    """Read a folder and wire what judges it. Raises: InputError, ProfileError."""
    intake = load_engagement(folder, lang=lang)
    kit = load_kit(scanners=all_scanners(), checks=discover_checks(checks))
    return Loaded(folder, intake, kit)


def survey_plan(folder: Path, *, lang: str, nmap: bool) -> SurveyPlan:
    """Prepare a survey of a folder. Raises: InputError, ProfileError."""
    engagement = load_engagement(folder, lang=lang).engagement
    community, missing = _communities(engagement)
    return SurveyPlan(
        folder=folder,
        engagement=engagement,
        pace=load_pace(engagement.pace, folder=folder),
        fragility=load_fragility(),
        scanners=all_scanners(),
        community=community,
        frames=ScapyFrames(),
        nmap=nmap,
        missing_secrets=missing,
    )


def _communities(engagement: Engagement) -> tuple[Mapping[IPAddress, bytes | None], tuple[str, ...]]:
    """Resolve the declared SNMP communities for every address they cover, and name those that can't be had.

    A missing secret does not forbid the survey: whoever is on site may not hold it. What needs it is not tried.
    """
    found: dict[IPAddress, bytes | None] = {}
    missing: list[str] = []
    declared = {a for d in engagement.devices for a in d.addresses} | {a for n in engagement.lines for a in n.addresses}
    for row in engagement.snmp:
        value = secret_of(row.secret)
        if value is None:
            missing.append(row.secret)
        single = {ip_address(str(n.network_address)) for n in row.addresses if n.num_addresses == 1}
        inside = {a for a in declared if any(a.version == n.version and a in n for n in row.addresses)}
        found.update(dict.fromkeys(single | inside, value))
    return found, tuple(missing)


def secret_of(reference: str) -> bytes | None:
    """Look a secret up: `env:NAME` now; `vault:NAME` once the vault exists."""
    kind, _, name = reference.partition(":")
    value = os.environ.get(name) if kind == "env" else None
    return value.encode() if value else None


@contextmanager
def only_one(folder: Path, lang: str) -> Iterator[None]:
    """Hold the folder's lock, so that two surveys never share one budget twice. Raises: UsageError."""
    with (folder / LOCK_FILE).open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise UsageError(say(lang, "cli.locked", folder=folder)) from None
        yield


def utc(moment: datetime | None) -> str:
    """Print a moment for people, in UTC to the second."""
    return moment.strftime("%Y-%m-%d %H:%M:%SZ") if moment else "—"
