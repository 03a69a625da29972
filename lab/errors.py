"""What can go wrong in the lab, told by message id so that the text comes in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass, field

from lab.text import text


class LabError(Exception):
    """A refusal with a reason the user can act on (exit code 2)."""

    def __init__(self, key: str, **values: object) -> None:
        """Keep the message id and what it is filled with."""
        super().__init__(key, values)
        self.key = key
        self.values = values

    def render(self, lang: str) -> str:
        """Tell the reason in `lang`."""
        return text(self.key, lang, **self.values)


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong entry of an input file: where it stands, what it says and what was expected."""

    file: str
    place: str
    value: str
    key: str
    values: dict[str, object] = field(default_factory=dict)

    def render(self, lang: str) -> str:
        """Tell it in one line."""
        expected = text(self.key, lang, **self.values)
        return text("problem.line", lang, file=self.file, place=self.place, value=self.value, expected=expected)


class InputError(LabError):
    """All problems of the input at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems in the order of the file."""
        super().__init__("problem.many", count=len(problems))
        self.problems = problems

    def render(self, lang: str) -> str:
        """Tell the count, then one line for each."""
        return "\n".join([super().render(lang), *(f"  {problem.render(lang)}" for problem in self.problems)])
