"""Finds the device kinds: every folder under lab/devices/ whose package holds a KIND."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

import lab.devices
from lab.devices.kind import Kind


@cache
def kinds() -> Mapping[str, Kind[Any]]:
    """Give all kinds by name, sorted.

    Raises: ValueError when a kind's name is not its folder's, since `kind = …` names the folder.
    """
    found: dict[str, Kind[Any]] = {}
    for module in sorted(pkgutil.iter_modules(lab.devices.__path__), key=lambda entry: entry.name):
        if not module.ispkg:
            continue
        kind = import_module(f"lab.devices.{module.name}").KIND
        if kind.name != module.name:
            message = f"lab/devices/{module.name}: expected a kind of that name, got {kind.name!r}"
            raise ValueError(message)
        found[kind.name] = kind
    return MappingProxyType(found)
