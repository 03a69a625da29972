"""Commands whose reader goes away (`… | head -1`) end quietly, as Unix tools do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = "from sekisho.cli.main import main; main()"


@pytest.mark.parametrize(
    "command",
    [("lab", "kinds"), ("lab", "kinds", "--json"), ("init", "--help"), ("--help",)],
    ids=" ".join,
)
def test_a_closed_pipe_is_no_error(tmp_path: Path, command: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    (tmp_path / "lab-work").mkdir()
    try:
        ended = subprocess.run(
            [sys.executable, "-c", MAIN, *command], stdout=writer, stderr=subprocess.PIPE, cwd=tmp_path, check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    finally:
        os.close(writer)
    assert "rror" not in ended.stderr.decode()
    assert "エラー" not in ended.stderr.decode()
    assert ended.returncode == 0
