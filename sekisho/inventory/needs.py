"""Which open services are on the legacy list, and whether the register names them (topic service.unneeded)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sekisho.errors import ProfileError
from sekisho.inventory.services import ServiceSeen
from sekisho.inventory.words import fold
from sekisho.model.engagement import DeclaredDevice
from sekisho.model.facts import ServiceNeed

_SUFFIXES: Final = frozenset({"vnc"})
"""Protocols whose products carry a prefix (UltraVNC, RealVNC); for others a prefix means another protocol (SFTP)."""

Legacy = Mapping[str, tuple[str, ...]]
"""Name or alias of a legacy protocol → all names of that protocol, the main one first."""


def parse_legacy(document: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Read the parsed legacy.toml. Raises: ProfileError naming what is wrong."""
    found: dict[str, tuple[str, ...]] = {}
    try:
        for row in document["service"]:
            names = (str(row["protocol"]), *map(str, row.get("aliases", ())))
            found |= dict.fromkeys(names, names)
    except (KeyError, TypeError) as error:
        msg = f"services/legacy.toml: missing or wrong {error}"
        raise ProfileError(msg) from error
    return found


def service_need(service: ServiceSeen, rows: Iterable[DeclaredDevice], legacy: Legacy) -> ServiceNeed:
    """Hold one open service against the list and against cells ソフトウェア and 説明 of the device's rows."""
    names = legacy.get(service.protocol, ())
    texts = [fold(f"{r.software}\n{r.note}") for r in rows]
    named = any(_stands_in(n, text) for n in (names or (service.protocol,)) if n for text in texts)
    return ServiceNeed(protocol=service.judged, legacy=names[0] if names else "", declared=named)


def _stands_in(name: str, folded: str) -> bool:
    """Tell whether a cell names a protocol as a word of its own."""
    left = "" if name in _SUFFIXES else "(?<![0-9a-z])"
    return re.search(rf"{left}{re.escape(name)}(?![0-9a-z])", folded) is not None
