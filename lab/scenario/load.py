"""Reads a scenario folder, and tells all that is wrong with it at once."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Mapping
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from lab.devices.kind import Network
from lab.errors import InputError, LabError, Problem
from lab.scenario.model import Reading, Scenario
from lab.scenario.placeholders import replace_days

FILE = "scenario.toml"
BUILT_IN = Path(__file__).parent.parent / "scenarios"
OWN_PROBLEMS = frozenset(
    {
        "bad_hex",
        "bad_oid",
        "bad_state",
        "bad_subject",
        "bad_validity",
        "banner_and_server",
        "extra_forbidden",
        "gateway_elsewhere",
        "half_range",
        "kind_transport",
        "literal_error",
        "missing",
        "no_community",
        "no_file",
        "no_segment",
        "no_tls",
        "not_openssl",
        "one_line",
        "outside_segment",
        "port_or_none",
        "reject_whom",
        "route_version",
        "sources_of_port",
        "ssh_banner",
        "suite_key",
        "taken_address",
        "taken_name",
        "taken_port",
        "tls_engine",
        "two_rsa_keys",
        "unknown_kind",
        "unknown_ssh_algorithm",
        "unknown_suite",
        "weak_signature",
    }
)
"""Error types with a text of their own; all others show the validator's English."""


def find_scenario(name: str) -> Path:
    """Give the folder that `name` means: a path, or the name of a built-in scenario.

    Raises: LabError when it is neither.
    """
    for folder in (Path(name), BUILT_IN / name):
        if (folder / FILE).is_file():
            return folder.resolve()
    raise LabError("scenario.not_found", name=name, known=", ".join(built_in_names()) or "-")


def built_in_names() -> tuple[str, ...]:
    """List the scenarios that come with the lab."""
    return tuple(sorted(file.parent.name for file in BUILT_IN.glob(f"*/{FILE}")))


def load_scenario(folder: Path, *, today: date) -> Scenario:
    """Read and check a scenario; its placeholders count from `today`.

    Raises: InputError with every problem of the folder.
    """
    raw = _read_toml(folder / FILE, today)
    problems: list[Problem] = []
    scenario: Scenario | None = None
    try:
        scenario = Scenario.model_validate(raw, context=Reading(folder, _segments(raw)))
    except ValidationError as wrong:
        # A value that fits no branch of a union is reported once per branch; the reader needs it once.
        found = (_problem(error, raw) for error in _without_echoes(wrong.errors()))
        problems = list({(problem.place, problem.value): problem for problem in found}.values())
    problems += _engagement_problems(folder / "engagement" / "engagement.toml", today)
    if problems or scenario is None:
        raise InputError(tuple(problems))
    return scenario


def _without_echoes(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leave out that a list is too short where only its entries are wrong."""
    return [
        error
        for error in errors
        if error["type"] != "too_short"
        or not any(other is not error and other["loc"][: len(error["loc"])] == error["loc"] for other in errors)
    ]


def _engagement_problems(file: Path, today: date) -> list[Problem]:
    """Tell when there is no engagement that vantages could be rewritten in; what it says is the survey's business."""
    if not file.is_file():
        return [Problem("engagement/engagement.toml", "-", "-", "problem.no_engagement")]
    try:
        _read_toml(file, today)
    except InputError as wrong:
        return list(wrong.problems)
    return []


def _read_toml(file: Path, today: date) -> dict[str, Any]:
    """Read a TOML file.

    Raises: InputError with the line that is no TOML.
    """
    try:
        return tomllib.loads(replace_days(file.read_text(encoding="utf-8"), today))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise InputError((Problem(file.name, "-", "-", "problem.toml", {"reason": str(wrong)}),)) from None


def _segments(raw: Mapping[str, Any]) -> dict[str, tuple[Network, ...]]:
    """Give the prefixes of all segments that can be read, whatever else is wrong."""
    segments: dict[str, tuple[Network, ...]] = {}
    rows = raw.get("segment")
    for row in rows if isinstance(rows, list) else []:
        prefixes: list[Network] = []
        for version in ("ipv4", "ipv6"):
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                prefixes.append(ip_network(row[version]))
        if isinstance(row, dict) and isinstance(row.get("name"), str):
            segments[row["name"]] = tuple(prefixes)
    return segments


def _problem(error: ErrorDetails, raw: Mapping[str, Any]) -> Problem:
    """Turn a validation error into a problem with a readable place."""
    kind, place = error["type"], _place(error["loc"], raw)
    value = "-" if kind == "missing" else _shown(error["input"])
    if kind not in OWN_PROBLEMS:
        return Problem(FILE, place, value, "problem.other", {"reason": error["msg"]})
    return Problem(FILE, place, value, f"problem.{kind}", dict(error.get("ctx", {})))


def _place(location: tuple[int | str, ...], raw: Any) -> str:  # noqa: ANN401 - any TOML value on the way down
    """Name an entry: `host[3] (maint-router) . service[1] (https) . params . versions[1]`, counted from 1."""
    parts: list[str] = []
    here = raw
    for step in location:
        if isinstance(step, int) and parts:
            here = here[step] if isinstance(here, list) and step < len(here) else None
            label = (here.get("name") or here.get("kind")) if isinstance(here, dict) else None
            parts[-1] += f"[{step + 1}]" + (f" ({label})" if isinstance(label, str) else "")
        elif isinstance(here, dict) and (step in here or not parts or step == location[-1]):
            here = here.get(step)
            parts.append(str(step))
        # Any other step names a branch of a union, which the file doesn't know.
    return " . ".join(parts) or "-"


def _shown(value: object) -> str:
    """Show a value, cut where it gets long."""
    longest, shown = 80, repr(value)
    return shown if len(shown) <= longest else f"{shown[:longest]}…"
