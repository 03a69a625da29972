"""User-visible text by id, Japanese or English; a translation never touches logic."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("ja", "en")
DEFAULT_LANGUAGE = "ja"


@cache
def table(lang: str) -> dict[str, str]:
    """Give all messages of one language, id → text."""
    content = files("lab").joinpath("messages", f"{lang}.toml").read_text(encoding="utf-8")
    return {str(key): str(value) for key, value in tomllib.loads(content).items()}


def text(key: str, lang: str = DEFAULT_LANGUAGE, **values: object) -> str:
    """Give the message `key`, filled in.

    Raises: KeyError when the id is in no table, which a test rules out.
    """
    return table(lang)[key].format(**values)
