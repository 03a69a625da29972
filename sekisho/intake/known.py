"""What profiles offer to an engagement: checklists with their items, pace and TLS names, words of the registers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from sekisho.errors import ProfileError
from sekisho.intake.cells.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One answer row of a checklist. id: ours (2-12s). number: as printed (2-⑫). subject: what it is asked of.

    label: our own short label, (Japanese, English).
    """

    id: str
    number: str
    subject: str
    label: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Known:
    """Everything intake knows from profiles. line_weak: words that count only where no word of line_strong does.

    suites: registered names of cipher suites, which a composition root gives; empty = names are not looked up.
    """

    checklists: Mapping[str, tuple[ChecklistItem, ...]]
    pace: frozenset[str]
    tls: frozenset[str]
    categories: Vocabulary
    line_strong: Vocabulary
    line_weak: Vocabulary
    line_purpose: Vocabulary
    suites: frozenset[str] = frozenset()


@cache
def shipped() -> Known:
    """Give what the shipped profiles offer."""
    return read_known(files("profiles"))  # data only: the core imports no stage


def read_known(root: Traversable) -> Known:
    """Read a profiles folder. Raises: ProfileError."""
    categories = _toml(root / "devices" / "categories.toml")["categories"]
    lines = _toml(root / "devices" / "line_kinds.toml")
    return Known(
        {name: _items(file) for name, file in _named(root / "checklists").items()},
        frozenset(_named(root / "pace")),
        frozenset(_named(root / "tls")),
        Vocabulary.build(categories),
        Vocabulary.build(lines["line_type"]),
        Vocabulary.build(lines["line_type_weak"]),
        Vocabulary.build(lines["purpose"]),
    )


def _named(folder: Traversable) -> dict[str, Traversable]:
    """Give the profiles of a folder by name."""
    if not folder.is_dir():
        return {}
    found = {f.name.removesuffix(".toml"): f for f in folder.iterdir() if f.name.endswith(".toml")}
    return dict(sorted(found.items()))


def _toml(file: Traversable) -> dict[str, Any]:
    """Read one TOML file. Raises: ProfileError."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        msg = f"{file.name}: can't be read: {error}"
        raise ProfileError(msg) from error


def _items(file: Traversable) -> tuple[ChecklistItem, ...]:
    """Read the items of one checklist. Raises: ProfileError when an item lacks its id."""
    return tuple(_item(file.name, row) for row in _toml(file).get("item", []))


def _item(file: str, row: Mapping[str, Any]) -> ChecklistItem:
    """Read one item."""
    if "id" not in row:
        msg = f"{file}: an [[item]] has no id"
        raise ProfileError(msg)
    label = row.get("label", "")
    both = (str(label.get("ja", "")), str(label.get("en", ""))) if isinstance(label, Mapping) else (str(label),) * 2
    return ChecklistItem(str(row["id"]), str(row.get("number", row["id"])), str(row.get("subject", "")), both)
