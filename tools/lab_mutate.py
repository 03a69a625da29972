"""`make lab-mutate`: change one scenario parameter at random; the report must notice, the old truth must fail.

Each round copies the scenario, mutates the copy, surveys it and scores it against the OLD truth. A round whose score
stays 1.00 is a mutation that nobody noticed: listed, exit 1.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
from pathlib import Path
from typing import Final

from lab.mutate import mutations
from tools.proving.lab import lab, sekisho

ROOT: Final = Path(__file__).resolve().parent.parent


def one_round(scenario: Path, seed: int, folder: Path) -> tuple[str, bool]:
    """Mutate, survey, score; give what was changed and whether the old truth failed."""
    copy = folder / "scenario"
    shutil.copytree(scenario, copy)
    mutation = mutations(copy, seed)
    what = f"{mutation.operator} {mutation.place}: {mutation.before} → {mutation.after}"
    with lab(str(copy), folder) as up:
        surveyed = sekisho("survey", up.engagement, "--close", codes=frozenset({0, 2, 3, 4}))
        if surveyed.returncode in {2, 4}:
            return what, True  # the documents no longer make sense: refused loudly, which is noticing
        sekisho("report", up.engagement)
        score = sekisho("lab", "score", up.work, "--json", codes=frozenset({0, 1}))
    json.loads(score.stdout)
    return what, score.returncode == 1


def main() -> int:
    """Run the rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))  # noqa: S311 - printed, repeatable
    parser.add_argument("--scenario", type=Path, default=ROOT / "lab" / "scenarios" / "sample-hospital")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    unnoticed: list[str] = []
    for number in range(options.count):
        seed = options.seed + number
        with tempfile.TemporaryDirectory(prefix="sekisho-mutate-") as temporary:
            what, noticed = one_round(options.scenario, seed, Path(temporary))
        print(
            f"{number + 1:>4}/{options.count} seed {seed} {'noticed  ' if noticed else 'UNNOTICED'} {what}", flush=True
        )
        if not noticed:
            unnoticed.append(f"seed {seed}: {what}")
    print(f"{options.count - len(unnoticed)} of {options.count} mutations noticed")
    for line in unnoticed:
        print(f"  unnoticed: {line}")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    raise SystemExit(main())
