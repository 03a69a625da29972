"""`make bench`: time and memory of judging a large hospital, and that replay gives the same bytes.

Measures and judges nothing: figures depend on the machine, so no test asserts them (docs/benchmarks holds some).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tools.benching.hospital import build

SEKISHO: Final = Path(sys.executable).parent / "sekisho"
COMMANDS: Final = ("assess", "replay", "report", "ledger")
_MIB: Final = 1024


def main() -> int:
    """Build the hospital (or take the one that is there), run the commands, print what they took."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as temporary:
        folder = options.keep or Path(temporary) / "hospital"
        if not (folder / "survey.db").exists():
            started = time.monotonic()
            build(folder, devices=options.devices)
            print(f"folder made in {time.monotonic() - started:.1f} s", flush=True)
        results = [measure(command, folder) for command in options.commands]
        report = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    counts = {part: len(report[part]) for part in ("assets", "services", "connection_points", "findings", "attempts")}
    print(json.dumps(counts))
    return max(results, default=0)


def measure(command: str, folder: Path) -> int:
    """Run one command in a process of its own; print its wall time, processor time and peak memory."""
    started = time.monotonic()
    child = os.posix_spawn(SEKISHO, [str(SEKISHO), command, str(folder), "--json"], os.environ,
                           file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])  # fmt: skip
    _, status, usage = os.wait4(child, 0)
    wall, code = time.monotonic() - started, os.waitstatus_to_exitcode(status)
    figures = f"{wall:7.1f} s  {usage.ru_utime + usage.ru_stime:7.1f} s cpu  {usage.ru_maxrss / _MIB:7.0f} MiB"
    print(f"{command:8} {figures}  exit {code}", flush=True)
    return code


def _options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench")
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="folder to make the hospital in, or to take it from")
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=["assess", "replay"])
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
