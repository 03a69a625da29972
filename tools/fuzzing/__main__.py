"""Fuzzes every target for a while, or one of them: `python -m tools.fuzzing [--seconds 30] [--jobs 2] [NAME…]`.

What fails is kept below build/fuzz/found/ with the line that shows it again; the exit code is 1. The corpus below
build/fuzz/corpus/ is kept and used the next time.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tools.fuzzing.seeds import seeds
from tools.fuzzing.targets import Target, targets

BUILD: Final = Path("build/fuzz")
LIMITS: Final = ("-timeout=10", "-rss_limit_mb=2048", "-max_len=65536", "-len_control=20")
"""Ten seconds and 2 GiB for one input; the largest answer that any scanner keeps."""
_RUNS: Final = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
_COVERED: Final = re.compile(r"cov: (\d+)")


@dataclass(frozen=True, slots=True)
class Done:
    """How the fuzzing of one target ended. why: last lines of what it said, "" when nothing was found."""

    name: str
    runs: int
    covered: int
    found: tuple[Path, ...]
    why: str


def main(arguments: Sequence[str]) -> int:
    """Fuzz, say what came of it."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="targets, or beginnings of their names; all of them")
    parser.add_argument("--seconds", type=int, default=30, help="per target")
    parser.add_argument("--jobs", type=int, default=1, help="targets at a time")
    parser.add_argument("--list", action="store_true", help="name the targets and end")
    given = parser.parse_args(arguments)
    chosen = [t for n, t in sorted(targets().items()) if not given.names or n.startswith(tuple(given.names))]
    if given.list or not chosen:
        print("\n".join(t.name for t in chosen) or f"no target begins with {given.names}")
        return 0 if chosen else 2
    failed, total = 0, 0
    with ThreadPoolExecutor(given.jobs) as pool:
        for done in pool.map(partial(fuzz, seconds=given.seconds), chosen):
            failed, total = failed + bool(done.why), total + done.runs
            print(
                f"{done.name:70} {done.runs:>9} runs, {done.covered:>5} edges{', FOUND' if done.why else ''}",
                flush=True,
            )
            if done.why:
                print(done.why, *(f"again: python -m tools.fuzzing.one {done.name} {p}" for p in done.found), sep="\n")
    print(f"{len(chosen)} targets, {given.seconds} s each, {total} runs, {failed} with findings")
    return 1 if failed else 0


def fuzz(target: Target, *, seconds: int) -> Done:
    """Fuzz one target in a process of its own."""
    folder = re.sub(r"\W+", "-", target.name)
    corpus, found = BUILD / "corpus" / folder, BUILD / "found" / folder
    for path in (corpus, found):
        path.mkdir(parents=True, exist_ok=True)
    for seed in seeds(target):
        (corpus / hashlib.sha256(seed).hexdigest()[:40]).write_bytes(seed)
    before = set(found.iterdir())
    command = [
        sys.executable, "-m", "tools.fuzzing.one", target.name, *LIMITS, f"-max_total_time={seconds}",
        "-print_final_stats=1", f"-artifact_prefix={found}/", str(corpus),
    ]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    said = ended.stderr + ended.stdout  # what Python says of an exception stands last
    runs, covered = _RUNS.search(said), _COVERED.findall(said)
    why = "\n".join([*said.splitlines()[-40:], f"ended with code {ended.returncode}"]) if ended.returncode else ""
    new = tuple(sorted(set(found.iterdir()) - before))
    return Done(target.name, int(runs[1]) if runs else 0, int(covered[-1]) if covered else 0, new, why)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
