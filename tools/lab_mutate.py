"""`make lab-mutate`: change one scenario parameter at random; the report must notice, the old truth must fail.

Each round copies the scenario, mutates the copy, surveys it and scores it against the OLD truth. A round in which no
row is wrong that isn't with the unchanged scenario is a mutation that nobody noticed: listed, exit 1. With several
scenarios they take turns, so that whatever ends the rounds has seen all of them.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lab.mutate import mutations
from lab.scenario.load import find_scenario, load_scenario
from tools.lab_test import LIMIT_S, SCENARIOS
from tools.proving.lab import REFUSED, driver_of, lab, wrong_rows

DEFAULT: Final = "sample-hospital"
ALL: Final = "all"
DRIVER: Final = "loopback"
"""Preferred: a round takes seconds there. A scenario that doesn't name it comes up in containers."""
ROUNDS, ROUNDS_OF_ALL = 100, 25
ENDED_SOMEHOW: Final = frozenset({0, 3, *REFUSED})


@dataclass(frozen=True, slots=True)
class Subject:
    """A scenario that is mutated."""

    folder: Path
    driver: str
    known: Counter[str]
    """What is wrong with the report of the unchanged scenario already; it is no sign that anything was noticed."""


def subject(name: str) -> Subject:
    """Survey the unchanged scenario."""
    folder = find_scenario(name)
    driver = driver_of(load_scenario(folder, today=datetime.now(UTC).date()), DRIVER)
    with tempfile.TemporaryDirectory(prefix="sekisho-mutate-") as temporary:
        known = surveyed(folder, driver, Path(temporary))
    if known is None:
        msg = f"{folder.name}: the survey refuses the unchanged scenario"
        raise SystemExit(msg)
    print(f"{folder.name} ({driver}): {known.total()} rows wrong before any mutation", flush=True)
    return Subject(folder, driver, known)


def surveyed(scenario: Path, driver: str, folder: Path) -> Counter[str] | None:
    """Survey and score a scenario; gives what is wrong, or None when the survey refused to begin."""
    with lab(str(scenario), folder, driver) as up:
        if up.survey(codes=ENDED_SOMEHOW, limit_s=LIMIT_S) in REFUSED:
            return None
        return Counter(wrong_rows(up.score()))


def one_round(mutated: Subject, seed: int, folder: Path) -> tuple[str, bool]:
    """Mutate, survey, score; give what was changed and whether that was noticed."""
    copy = folder / "scenario"
    shutil.copytree(mutated.folder, copy)
    mutation = mutations(copy, seed)
    what = f"{mutated.folder.name} {mutation.operator} {mutation.place}: {mutation.before} → {mutation.after}"
    wrong = surveyed(copy, mutated.driver, folder)
    # Refused: the documents no longer make sense, and saying so loudly is noticing.
    return what, wrong is None or bool(wrong - mutated.known)


def harmless(text: str) -> str:
    """Write a text that a hostile register may hold, so that it does nothing to a terminal."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


def main() -> int:
    """Run the rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default=DEFAULT, help=f"a name, a folder, or {ALL}")
    parser.add_argument("--count", type=int, help=f"rounds in all; {ROUNDS}, or {ROUNDS_OF_ALL} of {ALL}")
    parser.add_argument("--minutes", type=float, default=None, help="of rounds: begin no further one then")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))  # noqa: S311 - printed, repeatable
    options = parser.parse_args()
    is_all = options.scenario == ALL
    count = options.count or (ROUNDS_OF_ALL if is_all else ROUNDS)
    print(f"seed {options.seed}")
    subjects = [subject(name) for name in ((DEFAULT, *SCENARIOS) if is_all else (options.scenario,))]
    begun = time.monotonic()
    unnoticed: list[str] = []
    done = 0
    for done in range(1, count + 1):
        seed = options.seed + done - 1
        with tempfile.TemporaryDirectory(prefix="sekisho-mutate-") as temporary:
            what, noticed = one_round(subjects[(done - 1) % len(subjects)], seed, Path(temporary))
        told = f"seed {seed} {'noticed  ' if noticed else 'UNNOTICED'} {harmless(what)}"
        print(f"{done:>4}/{count} {told}", flush=True)
        if not noticed:
            unnoticed.append(told)
        if options.minutes is not None and time.monotonic() - begun > options.minutes * 60:
            break
    print(f"{done - len(unnoticed)} of {done} mutations noticed")
    for line in unnoticed:
        print(f"  {line}")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    raise SystemExit(main())
