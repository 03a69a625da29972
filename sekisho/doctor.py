"""What this machine can and cannot do, proved before the first target is asked. Pure results; the CLI prints them."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import socket
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import Distribution, PackageNotFoundError, distribution, packages_distributions
from pathlib import Path
from typing import Final

from sekisho.gate.kernel import removals
from sekisho.gate.namespaces import all_named

OUR_NAMES: Final = ("sekisho", "scanners", "checks", "profiles", "reports")
"""Top-level packages of the wheel; generic names, so that a stranger's package may stand in their place (ADR 0001)."""

PROGRAMS: Final = ("nmap", "nft")


class State(StrEnum):
    """How one look at the machine ended."""

    OK = "ok"
    LIMITED = "limited"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One capability. key: message id below cli.doctor; values fill it. BROKEN: do not survey with this machine."""

    key: str
    state: State
    values: tuple[tuple[str, str], ...] = ()


Capability = tuple[str, bool, str]
"""(name, works, detail), as the scanners' self-tests give them."""


def examine(self_tests: Iterable[tuple[str, Callable[[], Sequence[Capability]]]]) -> list[Finding]:
    """Look at everything: own packages, what the scanners can speak, privileges, programs."""
    return [*_names(), *_files(), *_spoken(self_tests), *_privileges(), *_programs(), *_time_zone(), *_leftovers()]


def _names() -> list[Finding]:
    """Look whether each of our top-level names has exactly one owner, us."""
    owners = packages_distributions()
    found: list[Finding] = []
    for name in OUR_NAMES:
        strangers = sorted(set(owners.get(name, [])) - {"sekisho"})
        state = State.BROKEN if strangers else State.OK
        found.append(Finding("name", state, (("name", name), ("owners", ", ".join(strangers) or "sekisho"))))
    return found


def _files() -> list[Finding]:
    """Installed files are those of the wheel (RECORD hashes); an editable install has none to compare."""
    try:
        ours = distribution("sekisho")
    except PackageNotFoundError:
        return [Finding("not_installed", State.BROKEN)]
    altered = _altered(ours)
    if altered is None:
        return [Finding("editable", State.OK)]
    state = State.BROKEN if altered else State.OK
    return [Finding("files", state, (("altered", ", ".join(altered[:5]) or "–"),))]


def _altered(ours: Distribution) -> list[str] | None:
    """Give installed files whose hash differs from RECORD; None when this is an editable install."""
    record = ours.read_text("RECORD")
    rows = [r for r in csv.reader((record or "").splitlines()) if r and r[0].split("/")[0] in OUR_NAMES]
    if not rows:
        return None
    altered: list[str] = []
    for path, stated, *_ in rows:
        algorithm, _, value = stated.partition("=")
        if algorithm != "sha256":
            continue
        place = Path(str(ours.locate_file(path)))
        raw = place.read_bytes() if place.is_file() else b""
        if urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b"=").decode() != value:
            altered.append(path)
    return altered


def _spoken(self_tests: Iterable[tuple[str, Callable[[], Sequence[Capability]]]]) -> list[Finding]:
    """Try what the scanners can still speak: old protocols that a system library may refuse by now."""
    found: list[Finding] = []
    for scanner, test in self_tests:
        for name, works, detail in test():
            state = State.OK if works else State.BROKEN
            found.append(Finding("speaks", state, (("scanner", scanner), ("what", name), ("detail", detail))))
    return found


def _privileges() -> list[Finding]:
    """Raw sockets and root: without them some things can't be seen."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
        raw = True
    except OSError:
        raw = False
    root = os.geteuid() == 0
    return [
        Finding("raw_sockets", State.OK if raw else State.LIMITED),
        Finding("root", State.OK if root else State.LIMITED),
    ]


def _programs() -> list[Finding]:
    """Programs that scanners or the confinement use."""
    return [Finding("program", State.OK if shutil.which(p) else State.LIMITED, (("program", p),)) for p in PROGRAMS]


def _time_zone() -> list[Finding]:
    """Look whether the clock is set: consent hours depend on it. Before the first release it is wrong."""
    plausible = datetime.now(UTC).year >= 2026  # noqa: PLR2004 - year of the first release
    return [Finding("clock", State.OK if plausible else State.BROKEN)]


def _leftovers() -> list[Finding]:
    """Look for kernel rules of killed surveys: they count and hold back nobody but that survey, yet they stay."""
    commands = removals(all_named())
    return [Finding("leftovers", State.LIMITED, (("commands", "; ".join(commands)),)) if commands else _NONE_LEFT]


_NONE_LEFT: Final = Finding("leftovers", State.OK)
