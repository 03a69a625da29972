"""The lists of our packages agree, and each of our generic names has exactly one owner (ADR 0001)."""

from __future__ import annotations

import configparser
import importlib
import tomllib
from importlib.metadata import packages_distributions

import pytest

from sekisho.doctor import OUR_NAMES
from tests.contract.sources import OURS, ROOT, SHIPPED

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
TOOL = PROJECT["tool"]


def test_the_wheel_holds_the_five_names() -> None:
    assert tuple(TOOL["hatch"]["build"]["targets"]["wheel"]["packages"]) == SHIPPED
    assert tuple(TOOL["check-wheel-contents"]["toplevel"]) == SHIPPED
    assert OUR_NAMES == SHIPPED


def test_tools_look_at_all_of_our_packages() -> None:
    assert TOOL["mypy"]["packages"] == [*OURS, "tests"]
    assert TOOL["ruff"]["lint"]["isort"]["known-first-party"] == list(OURS)
    assert TOOL["coverage"]["run"]["source"] == list(SHIPPED)


def test_import_contracts_look_at_all_of_our_packages() -> None:
    linter = configparser.ConfigParser()
    linter.read(ROOT / ".importlinter", "utf-8")
    assert linter["importlinter"]["root_packages"].split() == list(OURS)
    assert linter["importlinter:contract:nolab"]["source_modules"].split() == list(SHIPPED)
    assert linter["importlinter:contract:lab"]["forbidden_modules"].split() == list(SHIPPED)
    core = set(linter["importlinter:contract:core"]["source_modules"].split())
    modules = {
        f"sekisho.{p.stem}" for p in (ROOT / "sekisho").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()
    }
    assert modules - core == {"sekisho.__init__", "sekisho.cli"}, "only the composition root may know a stage"


@pytest.mark.parametrize("name", OURS)
def test_each_name_has_one_owner_and_lies_here(name: str) -> None:
    owners = set(packages_distributions().get(name, []))
    assert owners <= {"sekisho-lab" if name == "lab" else "sekisho"}
    assert importlib.import_module(name).__file__ == str(ROOT / name / "__init__.py")


def test_versions_and_licences_agree() -> None:
    lab = tomllib.loads((ROOT / "lab" / "pyproject.toml").read_text("utf-8"))["project"]
    main = PROJECT["project"]
    assert (lab["version"], lab["license"]) == (main["version"], main["license"])
    assert lab["requires-python"] == main["requires-python"]
