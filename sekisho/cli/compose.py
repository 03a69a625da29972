"""Wiring a survey: the folder as it is read, the scanners of this installation, pace, secrets, the folder's lock."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from importlib.metadata import version
from pathlib import Path

import scanners
from scanners.hosts.frames import ScapyFrames
from scanners.tls.suites import suite_names
from sekisho.engine.survey import SurveyPlan, targets
from sekisho.errors import UsageError
from sekisho.intake.known import shipped
from sekisho.intake.load import Intake, load_engagement
from sekisho.messages import say
from sekisho.model.engagement import Engagement
from sekisho.model.subjects import IPAddress
from sekisho.profile_files import load_fragility, load_pace
from sekisho.registry import Scanner, discover_scanners
from sekisho.scope import Scope

LOCK_FILE = ".sekisho.lock"


def tool_version() -> str:
    """Give the installed version."""
    return version("sekisho")


def all_scanners() -> dict[str, Scanner]:
    """Find the scanners of this installation."""
    return discover_scanners(scanners)


def read_folder(folder: Path, *, lang: str) -> Intake:
    """Read a folder; a TLS policy in it may name registered cipher suites only. Raises: InputError."""
    known = replace(shipped(), suites=frozenset(suite_names().values()))
    return load_engagement(folder, lang=lang, known=known)


def survey_plan(folder: Path, *, lang: str, nmap: bool) -> SurveyPlan:
    """Prepare a survey of a folder. Raises: InputError, ProfileError."""
    engagement = read_folder(folder, lang=lang).engagement
    pace, fragility = load_pace(engagement.pace, folder=folder), load_fragility()
    community, missing = communities(engagement, targets(Scope(engagement, pace, fragility), engagement))
    return SurveyPlan(
        folder=folder,
        engagement=engagement,
        pace=pace,
        fragility=fragility,
        scanners=all_scanners(),
        community=community,
        frames=ScapyFrames(),
        nmap=nmap,
        missing_secrets=missing,
    )


def communities(
    engagement: Engagement, asked: Iterable[IPAddress]
) -> tuple[Mapping[IPAddress, bytes | None], tuple[str, ...]]:
    """Resolve the declared SNMP communities for every address that is looked at, and name those that can't be had.

    Of several rows that cover an address the narrowest counts, of equal ones the last. A missing secret does not
    forbid the survey: whoever is on site may not hold it. What needs it is not tried.
    """
    values = {row.secret: secret_of(row.secret) for row in engagement.snmp}
    networks = [(network, row.secret) for row in engagement.snmp for network in row.addresses]
    networks.sort(key=lambda pair: pair[0].prefixlen, reverse=True)  # stable: of equal ones the last is found last
    found: dict[IPAddress, bytes | None] = {}
    for address in asked:
        covering = [(n.prefixlen, s) for n, s in networks if n.version == address.version and address in n]
        if covering:
            narrowest = covering[0][0]
            found[address] = values[[s for length, s in covering if length == narrowest][-1]]
    return found, tuple(s for s, value in values.items() if value is None)


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
