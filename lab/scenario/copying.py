"""Copies a scenario into a work folder and makes the copy ready: dates filled in, vantages led into the lab."""

from __future__ import annotations

import shutil
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
    shutil.copytree(folder, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".lab", "__pycache__"))


def today_there(engagement: Path, now: datetime) -> date:
    """Give the day in the facility's time zone, which the placeholders count from."""
    document = tomlkit.parse(replace_days(engagement.read_text(encoding="utf-8"), now.date()))
    facility = document.get("facility")
    zone = facility.get("timezone") if isinstance(facility, Mapping) else None
    try:
        return now.astimezone(ZoneInfo(str(zone or DEFAULT_TIMEZONE))).date()
    except (ZoneInfoNotFoundError, ValueError):
        return now.astimezone(ZoneInfo(DEFAULT_TIMEZONE)).date()


def fill_in_days(copy: Path, today: date) -> None:
    """Replace the placeholders of scenario.toml (certificates) and of everything in the engagement."""
    replace_in_file(copy / FILE, today)
    for file in sorted((copy / "engagement").rglob("*")):
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


def prepare_copy(folder: Path, target: Path, *, now: datetime) -> None:
    """Copy a scenario that was read without problems, and fill in its days."""
    copy_scenario(folder, target)
    fill_in_days(target, today_there(target / "engagement" / "engagement.toml", now))
