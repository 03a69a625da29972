"""`make new-check` and `make new-scanner` in a copy of the repository: usable at once, and never over what is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PARTS = ("sekisho", "scanners", "checks", "profiles", "reports", "tools", "changelog.d", "Makefile", "pyproject.toml")
LOOK = """
import checks, scanners
from sekisho.messages.both import both
from sekisho.registry import discover_checks, discover_scanners
check, scanner = discover_checks(checks)["tls.example"], discover_scanners(scanners)["example-one"]
assert check.experimental, check
print(checks.__file__, check.id, scanner.id, both("checks.tls.example.title").ja)
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, folder / part)
    (folder / ".venv").symlink_to(BIN.parent)
    return folder


def make(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make; what is set up already is not set up again."""
    command = ["make", "--no-print-directory", "-o", "setup", "-o", ".venv/.ready", *arguments]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)


def files(folder: Path) -> dict[str, bytes]:
    found = (Path(where) / name for where, _, names in os.walk(folder) for name in names)
    return {str(p.relative_to(folder)): p.read_bytes() for p in found if "__pycache__" not in p.parts}


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_new_parts_are_written_once_and_work(copy: Path) -> None:
    before = set(files(copy))
    for goal in (("new-check", "ID=tls.example"), ("new-scanner", "NAME=example-one")):
        done = make(copy, *goal)
        assert done.returncode == 0, done.stdout + done.stderr
    written = files(copy)
    new = sorted(set(written) - before)
    assert new == [
        "changelog.d/scanner-example-one.added.md",
        "changelog.d/tls.example.verdict.md",
        "checks/tls/example.py",
        "scanners/example_one/__init__.py",
        "scanners/example_one/parse.py",
        "scanners/example_one/probe.py",
        "tests/golden/example_one/README.md",
        "tests/unit/checks/tls/__init__.py",
        "tests/unit/checks/tls/test_example.py",
        "tests/unit/scanners/example_one/__init__.py",
        "tests/unit/scanners/example_one/test_parse.py",
    ]
    _can_be_used(copy, [n for n in new if n.endswith(".py")])
    for goal in (("new-check", "ID=tls.example"), ("new-scanner", "NAME=example-one")):
        again = make(copy, *goal)
        assert again.returncode != 0
        assert "exists" in again.stdout
    assert files(copy) == written


def _can_be_used(copy: Path, new: list[str]) -> None:
    """Import what was written, format and lint it as `make check` would."""
    seen = subprocess.run([sys.executable, "-c", LOOK], cwd=copy, capture_output=True, text=True, check=False)
    assert seen.returncode == 0, seen.stderr
    assert seen.stdout.startswith(str(copy)), "looked at the wrong tree"
    for command in (("format", "--check"), ("check",)):
        done = subprocess.run(
            [BIN / "ruff", *command, "--no-cache", *new], cwd=copy, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
@pytest.mark.parametrize(
    "goal", ["new-check ID=Example", "new-check ID=tls.", "new-check", "new-scanner NAME=../x", "new-scanner"]
)
def test_a_bad_name_is_refused(copy: Path, goal: str) -> None:
    before = files(copy)
    done = make(copy, *goal.split())
    assert done.returncode != 0
    assert re.search(r"make new-(check ID|scanner NAME)=", done.stdout)
    assert files(copy) == before
