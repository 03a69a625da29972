"""The lifecycle bundle: which release lines are maintained, which holes are used in attacks (profiles/lifecycle)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sekisho.errors import ProfileError
from sekisho.inventory.words import fold, maker, version_numbers

_DOTTED: Final = re.compile(r"\d+(?:\.\d+)*")
Numbers = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cycle:
    """One release line. numbers: its name as numbers, () if it is no plain version. eol: None if not set."""

    name: str
    numbers: Numbers
    eol: datetime | None
    latest: str


@dataclass(frozen=True, slots=True)
class Range:
    """Affected versions: start and to inclusive, before exclusive; () = no bound."""

    start: Numbers = ()
    to: Numbers = ()
    before: Numbers = ()

    def holds(self, version: Numbers) -> bool | None:
        """Tell whether a version lies inside; None if it is too coarse to tell (6.0 against 6.0.4)."""
        sides = (
            _compare(version, self.start) if self.start else 0,
            _compare(version, self.to) if self.to else 0,
            _compare(version, self.before) if self.before else -1,
        )
        if sides[0] == -1 or sides[1] == 1 or sides[2] in {0, 1}:
            return False
        return None if None in sides else True


@dataclass(frozen=True, slots=True)
class Hole:
    """One entry of the known-exploited list. complete: a version outside all ranges is not affected."""

    cve: str
    ranges: tuple[Range, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Product:
    """One product of the bundle under the names that fingerprints write."""

    id: str
    vendor: str
    names: tuple[str, ...]
    cycles: tuple[Cycle, ...]
    holes: tuple[Hole, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """All products, by vendor. dates: (set, date) of every file read; empty means that no data were imported."""

    by_vendor: Mapping[str, tuple[Product, ...]]
    dates: tuple[tuple[str, str], ...] = ()

    def find(self, vendor: str, product: str) -> Product | None:
        """Give the product whose name begins what was observed; the longest name wins (IOS XE before IOS)."""
        wanted = fold(product)
        fits = [
            (len(name), candidate.id, candidate)
            for candidate in self.by_vendor.get(vendor_key(vendor), ())
            for name in candidate.names
            if re.match(rf"{re.escape(name)}(?![a-z])", wanted)
        ]
        return max(fits, key=lambda f: (f[0], f[1]))[2] if fits else None


def vendor_key(vendor: str) -> str:
    """Give the name under which a vendor is looked up."""
    return maker(vendor) or fold(vendor)


def parse_bundle(
    products: Mapping[str, Any], cycles: Mapping[str, Any] | None = None, exploited: Mapping[str, Any] | None = None
) -> Bundle:
    """Read parsed products.toml, eol.toml and kev.toml. Raises: ProfileError naming what is wrong."""
    lines: dict[str, list[Cycle]] = defaultdict(list)
    holes: dict[str, list[Hole]] = defaultdict(list)
    found: dict[str, list[Product]] = defaultdict(list)
    try:
        for row in (cycles or {}).get("cycle", ()):
            lines[row["product"]].append(_cycle(row))
        for row in (exploited or {}).get("kev", ()):
            holes[row["product"]].append(_hole(row))
        for row in products["product"]:
            names = tuple(fold(n) for n in row["names"])
            one = Product(row["id"], row["vendor"], names, tuple(lines[row["id"]]), tuple(holes[row["id"]]))
            found[vendor_key(row["vendor"])].append(one)
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"profiles/lifecycle: missing or wrong {error}"
        raise ProfileError(msg) from error
    known = {p.id for group in found.values() for p in group}
    if strangers := sorted((set(lines) | set(holes)) - known):
        msg = f"profiles/lifecycle: products not in products.toml: {strangers}"
        raise ProfileError(msg)
    files = (("eol", cycles), ("kev", exploited))
    dates = tuple((name, str(doc["data_date"])) for name, doc in files if doc and "data_date" in doc)
    return Bundle({v: tuple(p) for v, p in found.items()}, dates)


def _cycle(row: Mapping[str, Any]) -> Cycle:
    """Read one release line; a date counts until the end of its day, UTC."""
    name, eol = str(row["cycle"]), row.get("eol")
    if eol is not None and not isinstance(eol, date):
        msg = f"cycle {name}: eol got {eol!r}, expected a date"
        raise ProfileError(msg)
    numbers = version_numbers(name) if _DOTTED.fullmatch(name) else ()
    moment = datetime(eol.year, eol.month, eol.day, tzinfo=UTC) if eol is not None else None
    return Cycle(name, numbers, moment, str(row.get("latest", "")))


def _hole(row: Mapping[str, Any]) -> Hole:
    """Read one known-exploited entry."""
    ranges = tuple(
        Range(*(version_numbers(str(r.get(k, ""))) for k in ("from", "to", "before"))) for r in row.get("ranges", ())
    )
    return Hole(str(row["cve"]), ranges, bool(ranges) and bool(row.get("ranges_complete", False)))


def _compare(version: Numbers, bound: Numbers) -> int | None:
    """Compare a version with a bound: -1, 0, 1; None when the version is a mere prefix of the bound."""
    shorter = min(len(version), len(bound))
    if version[:shorter] != bound[:shorter]:
        return -1 if version[:shorter] < bound[:shorter] else 1
    if len(version) < len(bound) and any(bound[shorter:]):
        return None
    return 0 if not any(version[shorter:]) else 1
