"""Words of one language for everything a report prints: sentences by key, names of closed lists by value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reports.inert import visible
from sekisho.errors import ProfileError
from sekisho.messages import COMMA, say
from sekisho.model.report import Text

_BETWEEN_PLACES: Final = {"ja": "、", "en": "; "}
"""Places may hold commas."""


@dataclass(frozen=True, slots=True)
class Words:
    """The message table `report` in one language."""

    lang: str

    def __call__(self, key: str, /, **values: object) -> str:
        """Give a sentence. Raises: ProfileError when the key or a value is missing."""
        return say(self.lang, f"report.{key}", **values)

    def name(self, area: str, value: str) -> str:
        """Give the name of a value of a list; a value that no table knows (free text) is shown as it is."""
        if not value:
            return self("none")
        try:
            return say(self.lang, f"report.{area}.{value}")
        except ProfileError:
            return visible(value)

    def names(self, area: str, values: tuple[str, ...]) -> str:
        """Give several names, joined as the language does it."""
        return COMMA[self.lang].join(self.name(area, value) for value in values)

    def text(self, text: Text) -> str:
        """Give the sentence of a report in this language, else in the other one."""
        mine, other = (text.ja, text.en) if self.lang == "ja" else (text.en, text.ja)
        return visible(mine or other)

    def join(self, values: tuple[str, ...]) -> str:
        """Join free texts; a dash for none."""
        return COMMA[self.lang].join(visible(v) for v in values if v) or self("none")

    def free(self, value: str) -> str:
        """Show a free text; a dash for an empty one."""
        return visible(value) if value.strip() else self("none")

    def places(self, places: Iterable[str]) -> str:
        """Join names of places that may hold commas; a dash for none."""
        return _BETWEEN_PLACES[self.lang].join(places) or self("none")
