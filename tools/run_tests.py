"""`make test`: the tests; one that fails gets a second hearing, in the open.

Some tests watch a real kernel and real programs on a machine that does other work too. Where few fail, these are run
again alone, three times: three passes make them flaky, which is printed and noted in `out/flaky.txt`; one failure and
they have failed. Of a defect that shows in half of the runs seven in eight are still caught, and none goes unseen.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
FLAKY: Final = Path("out/flaky.txt")
MOST: Final = 5
"""More than so many failures are no accident: nothing is run again."""
_AGAIN: Final = 3
_SOME_FAILED: Final = 1  # pytest's exit code; anything above is no verdict on a test


def run_tests(paths: Sequence[str], *, root: Path = ROOT, workers: int = 4) -> int:
    """Run the tests, on several workers if not 0. Gives: pytest's exit code, 0 where all that failed were flaky."""
    cache = root / ".pytest_cache/v/cache/lastfailed"
    cache.unlink(missing_ok=True)
    code = _pytest(root, "-n", str(workers), "--dist", "loadscope", *paths)
    failed = sorted(json.loads(cache.read_text())) if code == _SOME_FAILED and cache.exists() else []
    if not 0 < len(failed) <= MOST:
        return code
    print(f"\nRun again, {_AGAIN} times: {len(failed)} that failed", flush=True)
    if any(_pytest(root, "-n", str(min(1, workers)), *failed) for _ in range(_AGAIN)):
        return code
    print("\nFLAKY, to be mended:", *failed, sep="\n  ", flush=True)
    (root / FLAKY).parent.mkdir(exist_ok=True)
    (root / FLAKY).write_text("".join(f"{name}\n" for name in failed))
    return 0


def _pytest(root: Path, *arguments: str) -> int:
    """Run pytest with these arguments."""
    return subprocess.run([sys.executable, "-m", "pytest", "-q", *arguments], cwd=root, check=False).returncode


if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1:]))
