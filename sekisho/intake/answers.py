"""Hearing answers: rows → answers by our item ids, from item numbers as the ministry prints them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from sekisho.intake.cells.parsed import plain
from sekisho.intake.cells.vocabulary import parse_answer
from sekisho.intake.known import ChecklistItem, Known
from sekisho.intake.rows import Row
from sekisho.model.engagement import HearingAnswer

_SUBJECTS: Final = {
    "server": ("s", ("サーバ", "server")),
    "pc": ("p", ("端末", "pc", "パソコン")),
    "network": ("n", ("nw", "ネットワーク", "network")),
}
"""Subjects of items that are asked per kind of device → ending of our ids (domain notes A1, A2: 2-12s), words."""
_PRINTED: Final = re.compile(r"\(?(\d+)\)?\s*[-‐−–—―ーの.(]+\s*(\d+)\s*\)?\s*([a-z]?)")


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What a row may leave out. checklists: those of the engagement. stem: name of the file without its ending."""

    known: Known
    checklists: tuple[str, ...]
    stem: str


def read_answers(rows: Iterable[Row], context: AnswerContext) -> tuple[HearingAnswer, ...]:
    """Read every answered row; rows of a form that were left blank are passed over."""
    answers: list[HearingAnswer] = []
    seen: dict[tuple[str, str, str], tuple[Row, str]] = {}
    for row in rows:
        answer = _answer(row, context)
        if answer is None:
            continue
        key = (answer.checklist, answer.item, answer.subject)
        first, given = seen.setdefault(key, (row, answer.answer))
        if first is row:
            answers.append(answer)
        elif given != answer.answer:
            row.wrong("answer", "answer.twice", first=first.origin.place)
    return tuple(answers)


def _answer(row: Row, context: AnswerContext) -> HearingAnswer | None:
    """Read one row, None when it is not answered or can't be placed."""
    answer = row.take("answer", parse_answer)
    confirmed, target = row.date("confirmed"), row.date("target_date", month_end=True)
    if not row.has("item"):
        if answer:
            row.wrong("item", "answer.item_missing")
        return None
    checklist = checklist_of(row, context)
    item = item_of(row, context.known.checklists.get(checklist, ())) if checklist else ""
    if not item or not answer:
        return None
    return HearingAnswer(
        checklist, item, row.text("subject"), answer, confirmed, target, row.text("note"), row.origin
    )  # fmt: skip


def checklist_of(row: Row, context: AnswerContext) -> str:
    """Give the row's checklist: its own cell, else the file's name, else the only one of the engagement."""
    stated = row.text("checklist")
    known = context.known.checklists
    if stated:
        if stated in known:
            return stated
        close = get_close_matches(stated, known, n=1, cutoff=0.5)
        row.wrong("checklist", "answer.checklist_unknown", known=close[0] if close else " ".join(known))
        return ""
    if context.stem in known:
        return context.stem
    if len(context.checklists) == 1 and context.checklists[0] in known:
        return context.checklists[0]
    row.wrong("item", "answer.checklist_missing", known=" ".join(known))
    return ""


def item_of(row: Row, items: Sequence[ChecklistItem]) -> str:
    """Give our id of the row's item; "" with a problem when there is none or more than one."""
    candidates = find_items(row.text("item"), row.text("subject"), items)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        row.wrong("item", "answer.item_ambiguous", items=" ".join(candidates))
    else:
        row.wrong("item", "answer.item_unknown", first=items[0].number if items else "2-①")
    return ""


def find_items(text: str, subject: str, items: Sequence[ChecklistItem]) -> tuple[str, ...]:
    """Give the ids a printed number may mean: 2-⑬, 2(8), １-①, 2-13; the subject tells 2-12s from 2-12p."""
    wanted = item_key(text)
    exact = tuple(i.id for i in items if item_key(i.id) == wanted)
    if exact:
        return exact
    base = [i for i in items if item_key(i.number) == wanted or re.sub(r"(?<=\d)[a-z]$", "", item_key(i.id)) == wanted]
    if len(base) < 2 or not subject:  # noqa: PLR2004 - nothing to tell apart
        return tuple(i.id for i in base)
    codes = _subjects(subject)
    told = [i for i in base if i.subject in codes or i.id[-1:] in {_SUBJECTS[c][0] for c in codes}]
    return tuple(i.id for i in (told or base))


def item_key(text: str) -> str:
    """Bring an item number into one form: 2-⑬, 2(13), ２−１３ and 2-13 are the same."""
    line = _folded(text).removeprefix("no.").removeprefix("項番").strip()
    match = _PRINTED.fullmatch(line)
    return f"{int(match[1])}-{int(match[2])}{match[3]}" if match else line


def _folded(text: str) -> str:
    """Fold a short text for comparison."""
    return "".join(unicodedata.normalize("NFKC", plain(text)).casefold().split())


def _subjects(text: str) -> set[str]:
    """Give the subjects a text names."""
    line = _folded(text)
    return {code for code, (_, spellings) in _SUBJECTS.items() if any(w in line for w in spellings)}
