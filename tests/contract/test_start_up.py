"""What a command does not need is not loaded when it starts: a survey's first packet waits for every import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.contract.sources import ROOT

_LISTED = (
    "import contextlib, io, sys\n"
    "{statement}\n"
    "print(*sorted(sys.modules), file=sys.__stdout__)\n"
)  # fmt: skip
HELP = (
    "from sekisho.cli.main import build\n"
    "with contextlib.redirect_stdout(io.StringIO()) as shown:\n"
    "    build(['--help'])(['--help'], standalone_mode=False)\n"
    "assert 'survey' in shown.getvalue()"
)
NEVER = ("alembic", "asyncssh", "lab", "openpyxl", "scapy")
UNNEEDED = {
    HELP: (*NEVER, "cryptography", "pydantic", "scanners", "sekisho.engine", "sekisho.gate", "sqlalchemy", "tlslite"),
    "import sekisho.cli.survey": (*NEVER, "sekisho.assessment", "sekisho.inventory", "sekisho.model.report"),
    "import sekisho.cli.ledger": (*NEVER, "scanners", "sekisho.assessment", "sekisho.gate", "sekisho.model.report"),
    "import sekisho.cli.doctor": ("alembic", "lab", "openpyxl", "scapy", "sekisho.model.report", "sqlalchemy"),
}


def loaded_by(statement: str) -> list[str]:
    """Give the modules of a fresh interpreter after a statement."""
    program = _LISTED.format(statement=statement)
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=ROOT, env={"PYTHONPATH": str(ROOT), "SEKISHO_LANG": "en"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split()


@pytest.mark.parametrize("statement", UNNEEDED, ids=["help", "survey", "ledger", "doctor"])
def test_a_start_loads_nothing_that_it_does_not_need(statement: str) -> None:
    found = loaded_by(statement)
    assert "sekisho.messages" in found  # the list is one of a start, not of nothing
    surplus = [m for m in found if any(m == u or m.startswith(f"{u}.") for u in UNNEEDED[statement])]
    assert surplus == []


def test_the_list_shows_what_is_loaded() -> None:
    assert {"openpyxl", "asyncssh"} <= set(loaded_by("import sekisho.intake.workbook, sekisho.gate.jumpssh"))
