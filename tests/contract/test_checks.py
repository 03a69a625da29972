"""Every check is complete: test, sentences, topic, place in a profile, docstring."""

import ast
import importlib
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import checks
from sekisho.messages import keys, say
from sekisho.model.topics import TOPICS
from sekisho.profile_files import profile_names, read_profile
from sekisho.registry import Check, discover_checks

ROOT = Path(__file__).resolve().parents[2]
CHECKS = discover_checks(checks)
IDS = sorted(CHECKS)
PARTS = ("Pass:", "Fail:", "Unknown:", "Source:", "Limits:")
TEXTS = {"title", "remediation"}
SHARED = {"checks.firmware.ranges", "checks.tls.differing", "checks.tls.faults"}
"""Modules with judging code of several checks; a new one is written here once."""


def module_of(check: Check[Any]) -> str:
    return "checks." + check.id.replace("-", "_")


def uses() -> Iterator[str]:
    """Give the ids of all checks that checklists name."""
    for name in profile_names("checklists"):
        document = read_profile("checklists", f"{name}.toml")
        for row in (*document["item"], *document.get("extra", ())):
            yield from (use["id"] for use in row.get("check", ()))


def reasons_in(source: str) -> set[str]:
    """Collect the reason keys a check's code can give: Verdict(…, reason), Fault(reason), `reason = …`, _FAILS.

    Those of a block that several checks of one area share count for each of them.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        nodes: list[ast.AST] = []
        if isinstance(node, ast.ImportFrom) and node.module in SHARED:
            found |= reasons_in((ROOT / f"{node.module.replace('.', '/')}.py").read_text("utf-8"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = {"Verdict": 1, "Fault": 0, "by_ranges": 1}.get(node.func.id)
            nodes = [node.args[place]] if place is not None else []
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "reason":
            branches = [n for n in ast.walk(node.value) if isinstance(n, ast.IfExp)]
            nodes = [b for branch in branches for b in (branch.body, branch.orelse)]
        elif isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "_FAILS":
            assert isinstance(node.value, ast.Dict)
            nodes = list(node.value.values)
        found |= {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


NAMES = (
    *("numbers", "number", "cells", "fields", "seen", "port", "protocol", "vantages", "refused", "silent", "versions"),
    *("file", "service", "interface", "lines", "sources", "hosts", "servers"),
    *("required", "floor", "faults", "date", "key", "bits", "hash", "asked", "names", "until", "algorithms", "methods"),
    *("product", "version", "cycle", "data", "cves", "suites", "exchanges", "count", "contractor", "owner", "services"),
    *("counterpart", "purpose", "lost", "packager", "products"),
    *("differing", "subject", "detail", "root", "store", "refusal"),
)
"""All placeholders; a new one is written here once."""


def raw(lang: str, key: str) -> str:
    """Give a sentence with its placeholders left in."""
    return say(lang, key, **{name: "{" + name + "}" for name in NAMES})


def test_there_are_checks() -> None:
    assert len(CHECKS) >= 15


def test_every_check_named_in_a_checklist_exists() -> None:
    assert set(uses()) <= set(CHECKS)


def test_every_check_is_in_a_checklist_or_experimental() -> None:
    assert {i for i, c in CHECKS.items() if not c.experimental} <= set(uses())


@pytest.mark.parametrize("check_id", IDS)
def test_check_has_a_mirrored_test(check_id: str) -> None:
    area, question = check_id.replace("-", "_").split(".")
    assert (ROOT / "tests" / "unit" / "checks" / area / f"test_{question}.py").is_file()


@pytest.mark.parametrize("check_id", IDS)
def test_topic_is_of_the_closed_list_and_defined(check_id: str) -> None:
    topic = CHECKS[check_id].topic
    assert topic in TOPICS
    assert f"`{topic}`" in (ROOT / "docs" / "topics.md").read_text("utf-8")


@pytest.mark.parametrize("check_id", IDS)
def test_docstring_says_what_each_outcome_means(check_id: str) -> None:
    doc = importlib.import_module(module_of(CHECKS[check_id])).__doc__ or ""
    assert [p for p in PARTS if not re.search(rf"^{p} \S", doc, re.MULTILINE)] == []
    first = doc.splitlines()[0]
    assert len(first) <= 100
    assert first.endswith(".")


@pytest.mark.parametrize("check_id", IDS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_reason_has_a_sentence_and_no_sentence_is_left_over(check_id: str, lang: str) -> None:
    module = importlib.import_module(module_of(CHECKS[check_id]))
    assert module.__file__
    prefix = f"checks.{check_id}."
    said = {k.removeprefix(prefix) for k in keys(lang) if k.startswith(prefix)}
    assert said - TEXTS == reasons_in(Path(module.__file__).read_text("utf-8"))
    assert said >= TEXTS


@pytest.mark.parametrize("check_id", IDS)
def test_both_languages_fill_the_same_placeholders(check_id: str) -> None:
    prefix = f"checks.{check_id}."
    for key in sorted(k for k in keys("ja") if k.startswith(prefix)):
        ja, en = (raw(lang, key) for lang in ("ja", "en"))
        assert placeholders(ja) == placeholders(en), key
        if key.removeprefix(prefix) in TEXTS:
            assert placeholders(ja) == set(), key


def test_no_sentence_belongs_to_a_check_that_does_not_exist() -> None:
    strangers = {
        k
        for lang in ("ja", "en")
        for k in keys(lang)
        if k.startswith("checks.") and not any(k.startswith(f"checks.{i}.") for i in IDS)
    }
    assert strangers == set()


def test_checks_carry_no_item_numbers() -> None:
    """The official list changes each year; numbers belong into profiles (house style, section 2)."""
    number = re.compile(r"\b[1-4]-(?:\d{1,2}[sp]?|[①-⑳])(?![\d-])|\b(?:SA|EX|ST|GL)-\d+")
    found = {p.name: number.findall(p.read_text("utf-8")) for p in (ROOT / "checks").rglob("*.py")}
    assert {n: f for n, f in found.items() if f} == {}
