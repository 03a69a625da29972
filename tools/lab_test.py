"""`make lab-test`: the tests that need containers, then every scenario up, surveyed, scored and down; one table.

Exit 1 when a test fails, when recall or precision of connection points, services or findings is below 1.00, when a pass
is unsafe, when a survey is not complete, or when a lab leaves anything behind. The table as data, and the rows that are
wrong, lie below out/lab/.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from lab.errors import LabError
from lab.scenario.load import find_scenario, load_scenario
from tools.proving.lab import CommandFailed, driver_of, lab, wrong_rows
from tools.proving.leftovers import traces

ROOT: Final = Path(__file__).resolve().parent.parent
OUT: Final = ROOT / "out" / "lab"
TESTS: Final = "tests/integration/containers"
SCENARIOS: Final = ("general-hospital", "small-clinic", "pharmacy", "hostile")
SECTIONS: Final = ("connection_points", "services", "findings", "answers")
MUST_BE_PERFECT: Final = ("connection_points", "services", "findings")
DRIVER: Final = "container"
"""Preferred; a scenario that doesn't name it comes up on one that it names."""
COMPLETE, PARTIAL = 0, 3
LIMIT_S: Final = 600.0
"""For one survey: no scenario takes a quarter of it, and what hangs must not hang for ever."""
WIDTH: Final = 140


@dataclass(slots=True)
class Result:
    """One line of the table."""

    scenario: str
    driver: str
    hosts: int
    seconds: float = 0.0
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    unsafe_passes: int = 0
    leftovers: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Why there is no score, or less of one."""

    @property
    def short_of(self) -> list[str]:
        """Name what keeps the scenario from being good."""
        shares = [
            f"{section} {share} {rounded_down(value, 4)}"
            for section in MUST_BE_PERFECT
            for share in ("recall", "precision")
            if (value := self.sections.get(section, {}).get(share)) is not None and value < 1
        ]
        unsafe = [f"{self.unsafe_passes} unsafe passes"] if self.unsafe_passes else []
        nothing = [] if self.sections or self.problems else ["no score"]
        return [*self.problems, *nothing, *shares, *unsafe, *self.leftovers]


def one_scenario(name: str, folder: Path) -> Result:
    """Bring one scenario up, survey, score, and look for what it left; whatever breaks stands in the result."""
    begun = time.monotonic()
    result = Result(Path(name).name, "-", 0)
    kept = OUT / result.scenario
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    try:
        scenario = load_scenario(find_scenario(name), today=datetime.now(UTC).date())
        result.driver, result.hosts = driver_of(scenario, DRIVER), len(scenario.host)
        score = _surveyed(name, folder, result, kept)
        result.sections, result.unsafe_passes = score["sections"], len(score["unsafe_passes"])
        if not score["scored"]:
            result.problems.append("the truth makes no claim that this run could be held against")
    except LabError as refused:
        result.problems.append(refused.render("en"))
    except CommandFailed as failed:
        result.problems.append(str(failed))
    result.seconds = time.monotonic() - begun
    return result


def _surveyed(name: str, folder: Path, result: Result, kept: Path) -> dict[str, Any]:
    """Give the score, and note in the result what else happened; the lab is down then."""
    with ExitStack() as held, lab(name, folder, result.driver) as up:
        watch = held.enter_context(traces(up.netns, up.work, result.driver))
        # Called whenever we leave, after the lab is down and before the namespaces are let go.
        held.callback(lambda: result.leftovers.extend(watch.left()))
        if (code := up.survey(codes=frozenset({COMPLETE, PARTIAL}), limit_s=LIMIT_S)) != COMPLETE:
            result.problems.append(f"survey: exit {code}")
        score = up.score()
        _keep(score, up.engagement, kept)
    return score


def _keep(score: dict[str, Any], engagement: Path, kept: Path) -> None:
    """Keep what somebody needs who wants to know what is wrong."""
    (kept / "score.json").write_text(json.dumps(score, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (kept / "wrong.txt").write_text("".join(f"{row}\n" for row in wrong_rows(score)), encoding="utf-8")
    shutil.copy(engagement / "out" / "report.json", kept)


def run_tests() -> bool:
    """Run the tests that need containers; tells whether all is well."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "containers", TESTS]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def table_of(results: Iterable[Result]) -> Table:
    """Lay out one line per scenario; shares as recall/precision."""
    table = Table("scenario", "driver", "hosts", "seconds", *SECTIONS, "unsafe", "left over")
    for result in results:
        table.add_row(
            result.scenario,
            result.driver,
            str(result.hosts),
            f"{result.seconds:.0f}",
            *(_shares(result.sections.get(section)) for section in SECTIONS),
            str(result.unsafe_passes) if result.sections else "-",
            str(len(result.leftovers)),
        )
    return table


def _shares(section: dict[str, Any] | None) -> str:
    """Write recall and precision."""
    if section is None:
        return "-"
    shares = (section["recall"], section["precision"])
    return "/".join("-" if share is None else rounded_down(share, 2) for share in shares)


def rounded_down(share: float, digits: int) -> str:
    """Write a share so that only what is perfect reads 1.00."""
    unit = 10**digits
    return f"{math.floor(share * unit) / unit:.{digits}f}"


def main() -> int:
    """Run tests and scenarios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", action="append", help="a name or a folder; all four when left out")
    parser.add_argument("--no-tests", action="store_true", help="leave out the tests, bring up the scenarios alone")
    options = parser.parse_args()
    begun = time.monotonic()
    tests_pass = None if options.no_tests else run_tests()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="sekisho-lab-test-") as folder:
        for name in options.scenario or SCENARIOS:
            results.append(one_scenario(name, Path(folder)))
            print(f"{results[-1].scenario}: {results[-1].seconds:.0f} s", flush=True)
    seconds = time.monotonic() - begun
    is_good = tests_pass is not False and not any(result.short_of for result in results)
    rows = [{**asdict(result), "short_of": result.short_of} for result in results]
    data = {"good": is_good, "tests_pass": tests_pass, "seconds": seconds, "scenarios": rows}
    (OUT / "table.json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    Console(width=WIDTH).print(table_of(results))
    print(f"shares: recall/precision; {seconds:.0f} s in all; wrong rows: out/lab/SCENARIO/wrong.txt")
    if tests_pass is False:
        print("FAIL tests")
    for result in results:
        for reason in result.short_of:
            print(f"FAIL {result.scenario}: {reason}")
    return 0 if is_good else 1


if __name__ == "__main__":
    raise SystemExit(main())
