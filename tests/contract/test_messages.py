"""Message tables: both languages say the same things, every sentence asked for exists, none is left over."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho import errors
from tests.contract.sources import ROOT, SHIPPED, dotted, name_of, python_files, tree_of

MESSAGES = ROOT / "sekisho" / "messages"
LANGUAGES = ("ja", "en")
EMPTY = {"report.register_short.matched"}
"""A mark in a picture: what agrees with the register gets none."""
AREAS = sorted(p.stem for p in (MESSAGES / "ja").glob("*.toml"))


def table(lang: str, area: str) -> dict[str, str]:
    """Read one file as flat keys."""
    flat: dict[str, str] = {}

    def walk(prefix: str, node: object) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                walk(f"{prefix}.{key}", child)
        else:
            assert isinstance(node, str), prefix
            flat[prefix] = node

    walk(area, tomllib.loads((MESSAGES / lang / f"{area}.toml").read_text("utf-8")))
    return flat


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


JA = {k: v for area in AREAS for k, v in table("ja", area).items()}
EN = {k: v for area in AREAS for k, v in table("en", area).items()}


def asked_for(tree: ast.AST) -> Iterator[str]:
    """Give the keys of `say(lang, "…")`, `both("…")`, `Sentence("…")`; a part that is computed stands as *."""
    for node in ast.walk(tree):
        place = {"say": 1, "both": 0, "Sentence": 0}.get(called(node))
        if place is not None and isinstance(node, ast.Call):
            yield from keys_in(node.args[place]) if len(node.args) > place else ()


def called(node: ast.AST) -> str:
    """Give the last part of what a call calls, "" for anything else."""
    return dotted(node.func).split(".")[-1] if isinstance(node, ast.Call) else ""


def keys_in(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from keys_in(node.body)
        yield from keys_in(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(v.value) if isinstance(v, ast.Constant) else "*" for v in node.values)


def patterns_in(tree: ast.AST) -> Iterator[str]:
    """Give every text of a module that looks like a key of the command line, computed parts as *."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            yield from (k for k in keys_in(node) if k.startswith("cli."))
        place = {"Name": 0, "named": 1}.get(called(node))
        if place is not None and isinstance(node, ast.Call):
            yield from (f"{area}.*" for area in keys_in(node.args[place]))


def matches(pattern: str, key: str) -> bool:
    return re.fullmatch(".+".join(re.escape(part) for part in pattern.split("*")), key) is not None


def test_both_languages_have_the_same_areas() -> None:
    assert sorted(p.name for p in (MESSAGES / "en").iterdir()) == sorted(p.name for p in (MESSAGES / "ja").iterdir())


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_have_the_same_keys(area: str) -> None:
    assert set(table("ja", area)) == set(table("en", area))


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_fill_the_same_placeholders(area: str) -> None:
    ja, en = table("ja", area), table("en", area)
    assert {k for k in ja.keys() & en.keys() if placeholders(ja[k]) != placeholders(en[k])} == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_is_empty_or_undone(lang: str) -> None:
    flat = JA if lang == "ja" else EN
    assert {k for k, v in flat.items() if not v.strip() or "TODO" in v} <= EMPTY


def test_english_is_not_left_untranslated() -> None:
    """An English sentence may cite Japanese terms, but holds more Latin than Japanese letters."""
    japanese = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
    found = {k: v for k, v in EN.items() if len(japanese.findall(v)) * 2 > len(v)}
    assert found == {}


@pytest.mark.parametrize("path", python_files(*SHIPPED), ids=name_of)
def test_every_sentence_asked_for_exists(path: Path) -> None:
    wanted = {k for k in asked_for(tree_of(path)) if k.strip("*.")}
    assert {k for k in wanted if not any(matches(k, known) for known in JA)} == set()


def test_a_planted_missing_key_is_found() -> None:
    planted = 'say(lang, "cli.nothing.there" if x else "cli.report.done")\nboth(f"cli.data.{name}")\nsay(l, key)'
    planted += '\nSentence("cli.x")'
    wanted = set(asked_for(ast.parse(planted)))
    assert wanted == {"cli.nothing.there", "cli.report.done", "cli.data.*", "cli.x"}
    assert {k for k in wanted if not any(matches(k, known) for known in JA)} == {"cli.nothing.there", "cli.x"}


def test_no_sentence_of_the_command_line_is_left_over() -> None:
    used = {p for path in python_files("sekisho") for p in patterns_in(tree_of(path))}
    assert {k for k in JA if k.startswith("cli.") and not any(matches(p, k) for p in used)} == set()


def test_every_error_has_its_sentence() -> None:
    family = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.SekishoError)]
    named = {f"cli.error.{e.__name__}" for e in family if e is not errors.InputError}
    assert named == {k for k in JA if k.startswith("cli.error.")}


def test_every_finding_of_the_doctor_has_its_sentence() -> None:
    tree = tree_of(ROOT / "sekisho" / "doctor.py")
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and dotted(n.func) == "Finding"]
    found = {str(c.args[0].value) for c in calls if isinstance(c.args[0], ast.Constant)}
    assert found == {k.split(".")[2] for k in JA if k.startswith("cli.doctor.")}
    for call in calls:
        key = call.args[0]
        assert isinstance(key, ast.Constant)
        named = {dotted(n) for n in ast.walk(call.args[1]) if isinstance(n, ast.Attribute)}
        states = {n.removeprefix("State.").lower() for n in named if n.startswith("State.")}
        assert {s for s in states if f"cli.doctor.{key.value!s}.{s}" not in JA} == set()
