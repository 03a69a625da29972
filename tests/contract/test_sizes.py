"""House style that a linter does not hold: files and functions stay small, test folders are packages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.contract.sources import OURS, ROOT, name_of, python_files, tree_of

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60


def too_long(tree: ast.Module) -> dict[str, int]:
    """Give the functions that are too long, decorators not counted."""
    found = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {n.name: (n.end_lineno or n.lineno) - n.lineno + 1 for n in found}
    return {name: length for name, length in lengths.items() if length > MOST_LINES_OF_A_FUNCTION}


@pytest.mark.parametrize("path", python_files(*OURS, "tools"), ids=name_of)
def test_file_and_functions_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES
    assert too_long(tree_of(path)) == {}


def test_a_planted_long_function_is_found() -> None:
    body = "\n".join(["    pass"] * MOST_LINES_OF_A_FUNCTION)
    assert too_long(ast.parse(f"def short():\n{body[9:]}\n")) == {}
    assert too_long(ast.parse(f"async def long():\n{body}\n")) == {"long": MOST_LINES_OF_A_FUNCTION + 1}


def test_every_folder_with_tests_is_a_package() -> None:
    folders = {p.parent for p in python_files("tests")}
    assert sorted(name_of(f) for f in folders if not (f / "__init__.py").is_file()) == []


def test_every_folder_with_code_is_a_package() -> None:
    versions = ROOT / "sekisho" / "store" / "migrations"  # Alembic loads these by path, not by import
    folders = {p.parent for p in python_files(*OURS) if versions not in p.parents}
    assert sorted(name_of(f) for f in folders if not (f / "__init__.py").is_file()) == []
