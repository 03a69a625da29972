"""Remarks: what intake has to say about its input, collected so that all of it is told at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sekisho.errors import InputError, Problem
from sekisho.messages import say
from sekisho.model.engagement import Origin

_SHOWN: Final = 80
"""Characters of a value that a problem repeats: enough to find it, not a whole memo."""


@dataclass(slots=True)
class Remarks:
    """Collects problems (the input is refused) and notices (it is taken, but somebody should know).

    lang: language of the expectations. Keys are message keys below `intake.`.
    """

    lang: str
    problems: list[Problem] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)

    def wrong(self, at: Origin, value: str, key: str, **values: object) -> None:
        """Record a problem at a place; value must not be a secret."""
        self.problems.append(self._make(at, value, key, values))

    def note(self, at: Origin, value: str, key: str, **values: object) -> None:
        """Record a notice at a place."""
        self.notices.append(self._make(at, value, key, values))

    def raise_if_wrong(self) -> None:
        """Raise InputError when at least one problem was recorded."""
        if self.problems:
            raise InputError(tuple(self.problems))

    def _make(self, at: Origin, value: str, key: str, values: dict[str, object]) -> Problem:
        """Build one entry, its value cut to a readable length."""
        shown = value if len(value) <= _SHOWN else f"{value[: _SHOWN - 1]}…"
        return Problem(at.file, at.place, shown, say(self.lang, f"intake.{key}", **values))
