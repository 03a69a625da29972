"""Texts for people, keyed by id, one folder per language and one file per area (docs/adr/0006)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, Self

from sekisho.errors import ProfileError

LANGUAGES: Final = ("ja", "en")
COMMA: Final = {"ja": "、", "en": ", "}
"""Between words of a list; here, because the tables lose spaces at the end of a text."""
SPACE: Final = {"ja": "", "en": " "}
"""Between sentences."""
BETWEEN: Final = {"ja": "／", "en": "; "}
"""Between lists."""


@cache
def _table(lang: str) -> Mapping[str, str]:
    """Read every area file of one language into a flat table `area.key.…` → sentence."""
    flat: dict[str, str] = {}
    folder = files("sekisho.messages") / lang
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            area = file.name.removesuffix(".toml")
            _flatten(area, tomllib.loads(file.read_text("utf-8")), flat)
    return flat


def _flatten(prefix: str, node: object, into: dict[str, str]) -> None:
    """Write nested TOML tables as dotted keys."""
    if isinstance(node, dict):
        for key, child in node.items():
            _flatten(f"{prefix}.{key}", child, into)
    else:
        into[prefix] = str(node).strip()


def keys(lang: str) -> frozenset[str]:
    """Give all keys of one language (a contract test compares the languages)."""
    return frozenset(_table(lang))


def say(lang: str, key: str, /, **values: object) -> str:
    """Give one sentence in one language, placeholders filled by str.format.

    Raises: ProfileError when the key or a placeholder's value is missing.
    """
    try:
        return _table(lang)[key].format(**values)
    except (KeyError, IndexError) as error:
        msg = f"message {lang}:{key}: missing key or value {error}"
        raise ProfileError(msg) from error


def named(lang: str, area: str, value: str) -> str:
    """Give the name of a value of a list; a value that no table knows (free text) comes back as it is."""
    return _table(lang).get(f"{area}.{value}", value)


class Name(str):
    """The name of a value of a list, for a Sentence: reads as English."""

    __slots__ = ("area", "value")
    area: str
    value: str

    def __new__(cls, area: str, value: str) -> Self:
        """Take the area of the table and the value; a value that no table knows stands for itself."""
        made = super().__new__(cls, named("en", area, value))
        made.area, made.value = area, value
        return made


class Sentence(str):
    """A sentence of the message table that is a text for the log, in English, and can be said in every language.

    Errors and reasons to stop carry one, so that whoever shows them chooses the language. values: plain texts and
    numbers, Names, and further Sentences.
    """

    __slots__ = ("key", "values")
    key: str
    values: Mapping[str, object]

    def __new__(cls, key: str, /, **values: object) -> Self:
        """Take the key and what fills its placeholders. Raises: ProfileError when one is missing."""
        made = super().__new__(cls, say("en", key, **values))
        made.key, made.values = key, values
        return made


def said(lang: str, text: object) -> str:
    """Say a Sentence or a Name in one language; any other text stays as it is."""
    if isinstance(text, Sentence):
        return say(lang, text.key, **{name: said(lang, value) for name, value in text.values.items()})
    return named(lang, text.area, text.value) if isinstance(text, Name) else str(text)
