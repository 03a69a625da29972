"""Short words of cells: empty, dynamic, yes, no, states. The list is data (words.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _table() -> Mapping[str, Any]:
    """Read words.toml."""
    return tomllib.loads(files("sekisho.intake.cells").joinpath("words.toml").read_text("utf-8"))


@cache
def words(group: str, *names: str) -> frozenset[str]:
    """Give the words of one or more lists of a group."""
    return frozenset(w for name in names for w in _table()[group][name])


@cache
def meanings(group: str, *names: str) -> Mapping[str, str]:
    """Give word → name of its list, for lists that exclude each other."""
    return {w: name for name in names for w in _table()[group][name]}


PLANNED: str = _table()["state"]["planned"]
"""What a state ends in that has not come yet."""
