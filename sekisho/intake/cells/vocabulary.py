"""Vocabularies: which of our terms a Japanese or English wording means, by word lists kept as data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sekisho.intake.cells.parsed import CellValue, Parsed, Remark, folded, plain
from sekisho.intake.cells.words import PLANNED, meanings, words
from sekisho.model.engagement import RowState

_ASIDE: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】|※.*$")
_TOKENS: Final = re.compile(r"[\s、,・/:;|()\[\]【】「」。.]+")
_ANSWERS: Final = ("yes", "no", "not_applicable")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms with their words, in order of precedence. An ASCII word counts as a whole word only (CT, not DIRECTOR)."""

    terms: tuple[tuple[str, re.Pattern[str]], ...]

    @classmethod
    def build(cls, table: Mapping[str, Iterable[str]]) -> Vocabulary:
        """Compile a table term → words; a term without words never matches."""
        return cls(tuple((term, re.compile("|".join(map(_pattern, some)))) for term, some in table.items() if some))

    def find(self, text: CellValue) -> tuple[str, ...]:
        """Give every term whose words occur, in the order of the table."""
        line = plain(text).casefold()
        return tuple(term for term, pattern in self.terms if pattern.search(line))


def _pattern(word: str) -> str:
    """Turn a word into a pattern: ASCII with bounds, its hyphens optional; Japanese anywhere (it has no spaces)."""
    line = plain(word).casefold()
    escaped = r"[\s\-]?".join(re.escape(part) for part in line.split("-"))
    return rf"(?<![0-9a-z]){escaped}s?(?![0-9a-z])" if line.isascii() else escaped


def _tokens(value: CellValue) -> list[str]:
    """Split a cell into words, remarks in brackets left out unless they are all there is."""
    text = folded(value).casefold()
    whole = "".join(text.split())
    if whole in words("answer", "not_applicable", "untold"):
        return [whole]
    bare = _ASIDE.sub(" ", text)
    return [t for t in _TOKENS.split(bare if bare.strip() else text) if t]


def parse_answer(value: CellValue) -> Parsed[str]:
    """Read はい・いいえ・対象外 as yes, no, not_applicable; "" if not answered.

    Both words in one cell (an unfilled form: はい・いいえ) is wrong, never an answer.
    """
    tokens = _tokens(value)
    if not tokens or tokens[0] in words("answer", "untold"):
        return Parsed("")
    known = meanings("answer", *_ANSWERS)
    told = {known[t] for t in tokens if t in known}
    if len(told) != 1 or tokens[0] not in known:
        return Parsed("", (Remark("answer", plain(value)),))
    return Parsed(told.pop())


def parse_yes_no(value: CellValue) -> Parsed[str]:
    """Read 有・無, ○・× as yes or no; "" if empty, unknown or not applicable."""
    answer = parse_answer(value)
    if answer.value == "not_applicable":
        return Parsed("")
    return Parsed(answer.value, tuple(Remark("yes_no", r.part) for r in answer.wrong))


def parse_state(value: CellValue) -> Parsed[RowState]:
    """Read 使用中, 停止, 廃棄 …; an unknown word is UNKNOWN with a notice, never taken for retired by a slip."""
    tokens = _tokens(value)
    if not tokens or tokens[0] in words("answer", "untold"):
        return Parsed(RowState.UNKNOWN)
    known = meanings("state", "in_use", "stopped", "disposed")
    states = {known[t] for t in ("_".join(tokens), *tokens) if t in known}
    if len(states) == 1:
        return Parsed(RowState(states.pop()))
    if any(t.endswith(PLANNED) for t in tokens):  # to be retired one day: it still runs
        return Parsed(RowState.IN_USE, noted=(Remark("state_planned", plain(value)),))
    return Parsed(RowState.UNKNOWN, noted=(Remark("state", plain(value)),))
