"""Copies a scenario into a work folder and makes the copy ready: dates filled in, vantages led into the lab."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tomlkit

from lab.errors import LabError
from lab.scenario.load import FILE
from lab.scenario.model import Scenario
from lab.scenario.placeholders import replace_days, replace_in_file

DEFAULT_TIMEZONE = "Asia/Tokyo"
ENGAGEMENT = "engagement"
NOT_COPIED = shutil.ignore_patterns(".lab", "__pycache__")


@dataclass(frozen=True, slots=True)
class Vantages:
    """Which vantages of the engagement lead into the lab."""

    rewritten: tuple[str, ...]
    absent: tuple[str, ...]
    """Vantages of the scenario that the engagement doesn't name."""


def copy_scenario(folder: Path, target: Path) -> None:
    """Copy the whole folder.

    Raises: LabError when the target holds something already.
    """
    if target.exists() and any(target.iterdir()):
        raise LabError("work.not_empty", folder=str(target))
    if target.resolve().is_relative_to(folder.resolve()):
        raise LabError("work.inside_scenario", folder=str(target))
    shutil.copytree(folder, target, dirs_exist_ok=True, ignore=NOT_COPIED)


def renew_copy(folder: Path, target: Path) -> None:
    """Copy a scenario again into a work folder; an engagement that is there stays, with what was surveyed in it."""
    for entry in sorted(folder.iterdir()):
        if entry.name in NOT_COPIED(str(folder), [entry.name]):
            continue
        if not entry.is_dir():
            shutil.copy2(entry, target)
        elif entry.name != ENGAGEMENT or not (target / ENGAGEMENT).exists():
            shutil.copytree(entry, target / entry.name, dirs_exist_ok=True, ignore=NOT_COPIED)


def id_of_copy(target: Path) -> str | None:
    """Give the id of the scenario that a folder is a copy of; None where it is none."""
    try:
        found = tomllib.loads((target / FILE).read_text(encoding="utf-8")).get("id")
    except (OSError, ValueError):
        return None
    return str(found)


def today_there(engagement: Path, now: datetime) -> date:
    """Give the day in the facility's time zone, which the placeholders count from."""
    document = tomlkit.parse(replace_days(engagement.read_text(encoding="utf-8"), now.date()))
    facility = document.get("facility")
    zone = facility.get("timezone") if isinstance(facility, Mapping) else None
    try:
        return now.astimezone(ZoneInfo(str(zone or DEFAULT_TIMEZONE))).date()
    except (ZoneInfoNotFoundError, ValueError):
        return now.astimezone(ZoneInfo(DEFAULT_TIMEZONE)).date()


def fill_in_days(copy: Path, today: date, *, with_engagement: bool = True) -> None:
    """Replace the placeholders of scenario.toml (certificates) and of everything in the engagement."""
    replace_in_file(copy / FILE, today)
    # Evidence of a survey is nobody's to edit.
    for file in sorted((copy / ENGAGEMENT).rglob("*")) if with_engagement else ():
        if file.is_file():
            replace_in_file(file, today)


def lead_vantages(engagement: Path, scenario: Scenario, namespaces: Mapping[str, str]) -> Vantages:
    """Rewrite `via` and `source` of each vantage that the scenario declares, and nothing else of the file.

    Takes: namespaces: where each vantage stands.
    """
    document = tomlkit.parse(engagement.read_text(encoding="utf-8"))
    declared = {vantage.name: vantage for vantage in scenario.vantage}
    rows = document.get("vantage", [])
    rewritten: list[str] = []
    for row in rows if isinstance(rows, list) else []:
        vantage = declared.get(str(row.get("name")))
        if vantage is not None:
            row["via"] = f"netns:{namespaces[vantage.name]}"
            row["source"] = list(vantage.addresses)
            rewritten.append(vantage.name)
    engagement.write_text(tomlkit.dumps(document), encoding="utf-8")
    return Vantages(tuple(rewritten), tuple(name for name in declared if name not in rewritten))


def prepare_copy(folder: Path, target: Path, *, now: datetime, again: bool = False) -> None:
    """Copy a scenario that was read without problems, and fill in its days.

    Takes: again: the target is the work folder of this scenario, whose lab has ended.
    """
    has_engagement = again and (target / ENGAGEMENT).exists()
    (renew_copy if again else copy_scenario)(folder, target)
    fill_in_days(target, today_there(target / ENGAGEMENT / "engagement.toml", now), with_engagement=not has_engagement)
