"""Every text is there in both languages, with the same blanks."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import lab
from lab.scenario.load import OWN_PROBLEMS
from lab.text import LANGUAGES, table, text

SOURCE = "\n".join(file.read_text(encoding="utf-8") for file in sorted(Path(lab.__file__).parent.rglob("*.py")))
USED = re.compile(r'(?:text|LabError|key=|Problem\([^"]*"[^"]*", "[^"]*", "[^"]*", )\(?"([a-z_]+\.[a-z_.]+)"')


def blanks(message: str) -> set[str]:
    """Give the names that a message is filled with."""
    return {name for _, name, _, _ in string.Formatter().parse(message) if name}


def test_languages_have_the_same_messages_with_the_same_blanks() -> None:
    tables = [table(lang) for lang in LANGUAGES]
    assert tables[0].keys() == tables[1].keys()
    assert {key: blanks(value) for key, value in tables[0].items()} == {
        key: blanks(value) for key, value in tables[1].items()
    }


def test_every_message_that_the_code_names_exists() -> None:
    named = set(USED.findall(SOURCE))
    assert len(named) > 40
    assert named <= table("ja").keys()


def test_every_problem_has_a_message() -> None:
    assert {f"problem.{kind}" for kind in OWN_PROBLEMS} <= table("ja").keys()
    custom = set(re.findall(r'PydanticCustomError\(\s*"([a-z_]+)"', SOURCE))
    assert custom <= OWN_PROBLEMS


def test_japanese_comes_first() -> None:
    assert "ラボ" in text("help.app")
    assert text("help.app", "en").startswith("Lab")
    with pytest.raises(KeyError):
        text("no.such.message")
