"""Comparing words of a register with words of a device: width, case, versions, makers' names."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any, Final

from sekisho.profile_files import read_profile

_VERSION: Final = re.compile(r"\d+(?:[._-]\d+)*")
_SEPARATORS: Final = re.compile(r"[._-]")
_SPACES: Final = re.compile(r"\s+")


def fold(text: str) -> str:
    """Fold width (NFKC), case and runs of white space."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


@cache
def vendors() -> tuple[str, ...]:
    """Give the closed list of makers, as reports print them."""
    return tuple(row["name"] for row in _rows())


def vendor_name(text: str) -> str:
    """Give a maker's one name for comparing, whichever of its spellings is meant; unknown names are folded alone."""
    folded = fold(text)
    return _spellings().get(folded, folded)


def maker(text: str) -> str:
    """Give the maker's one name; "" when the text names nobody whom registers name (a dealer, for instance)."""
    folded, known = fold(text), _in_registers()
    if folded in known:
        return known[folded]
    found = {m for alias, m in known.items() if _names(alias, folded)}
    return found.pop() if len(found) == 1 else ""


def names_distribution(text: str) -> bool:
    """Tell whether a register's OS cell names a Linux distribution, or Linux without saying which."""
    return _distributions().search(fold(text)) is not None


@cache
def _distributions() -> re.Pattern[str]:
    """Read the list of distributions; their releases may follow without a space (RHEL8)."""
    names = read_profile("devices", "distributions.toml")["names"]
    return re.compile("(?<![a-z])(?:{})(?![a-z])".format("|".join(re.escape(fold(name)) for name in names)))


@cache
def _rows() -> tuple[dict[str, Any], ...]:
    """Read the list of makers."""
    return tuple(read_profile("devices", "vendors.toml")["vendor"])


@cache
def _spellings() -> dict[str, str]:
    """Give the folded name of each maker by each of its spellings."""
    return {fold(s): fold(r["name"]) for r in _rows() for s in (r["name"], *r.get("registers", ()), *r.get("also", ()))}


@cache
def _in_registers() -> dict[str, str]:
    """Give the folded name of each maker by each word that names it in a register."""
    return {fold(s): fold(r["name"]) for r in _rows() for s in r.get("registers", ())}


def _names(alias: str, folded: str) -> bool:
    """Tell whether a text holds a maker's name; Latin names as whole words only ("NEC" is not in "connect")."""
    if not alias.isascii():
        return alias in folded
    return re.search(rf"(?<![a-z0-9]){re.escape(alias)}(?![a-z0-9])", folded) is not None


def version_numbers(text: str) -> tuple[int, ...]:
    """Give the numbers of the first version in a text: "v6.0.7,build0302" → (6, 0, 7); () if there is none."""
    found = _VERSION.search(fold(text))
    return tuple(int(n) for n in _SEPARATORS.split(found.group())[:8]) if found else ()


def versions_agree(declared: str, observed: str) -> bool:
    """Tell whether two version texts can mean the same; the shorter one may leave out the rest (build numbers)."""
    one, other = version_numbers(declared), version_numbers(observed)
    if not one or not other:
        return fold(declared) == fold(observed)
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def host_label(name: str) -> str:
    """Give the first label of a host name, folded."""
    return fold(name).split(".", 1)[0]
