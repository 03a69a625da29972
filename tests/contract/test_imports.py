"""The import contracts hold, and each of them is seen to fail on a planted import."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.sources import OURS, ROOT

LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"
CONTRACTS = configparser.ConfigParser()
CONTRACTS.read(ROOT / ".importlinter", "utf-8")
NAMES = {s.removeprefix("importlinter:contract:"): CONTRACTS[s]["name"] for s in CONTRACTS if ":contract:" in s}
PLANTED = {
    "core": ("sekisho/scope", "import paramiko"),
    "stages": ("scanners/planted", "import profiles.planted"),
    "pure": ("checks/planted", "import socket"),
    "nolab": ("reports/planted", "import lab.planted"),
    "lab": ("lab/mutate", "import sekisho.errors"),
    "jump": ("profiles/planted", "import asyncssh"),
    "nossl": ("scanners/other", "import ssl"),
}


def lint(folder: Path) -> dict[str, str]:
    """Run import-linter in a folder; give KEPT or BROKEN by contract."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"}
    command = [str(LINT_IMPORTS), "--no-cache", "--config", ".importlinter"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    found = {
        k: m[1] for k, n in NAMES.items() if (m := re.search(rf"^{re.escape(n)} (KEPT|BROKEN)", plain, re.MULTILINE))
    }
    assert set(found) == set(NAMES), done.stdout + done.stderr
    return found


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """A tree with the modules that the contracts name, all empty."""
    text = (ROOT / ".importlinter").read_text("utf-8")
    (tmp_path / ".importlinter").write_text(text, "utf-8")
    named = re.findall(rf"^ +((?:{'|'.join(OURS)})(?:\.\w+)*)$", text, re.MULTILINE)
    for name in {*named, *(f"{o}.planted" for o in OURS), "scanners.other", "lab.mutate"}:
        folder = tmp_path / name.replace(".", "/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
    return tmp_path


def test_contracts_hold_in_the_repository() -> None:
    assert lint(ROOT) == dict.fromkeys(NAMES, "KEPT")


def test_each_contract_has_a_planted_offence() -> None:
    assert set(PLANTED) == set(NAMES)


def test_contracts_hold_in_an_empty_tree_and_each_breaks_on_its_planted_import(skeleton: Path) -> None:
    assert lint(skeleton) == dict.fromkeys(NAMES, "KEPT")
    for module, statement in PLANTED.values():
        (skeleton / module / "__init__.py").write_text(f"{statement}\n", "utf-8")
    assert lint(skeleton) == dict.fromkeys(NAMES, "BROKEN")
