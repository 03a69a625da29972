"""Marks: a word with a tone; the tone chooses a colour, the word alone must be enough."""

from __future__ import annotations

from dataclasses import dataclass

from reports.edition import Edition
from reports.order import VERDICTS
from reports.worst import Worst
from sekisho.model.report import AnswerPart, FindingPart


@dataclass(frozen=True, slots=True)
class Mark:
    """A word and its tone (names of tones: reports/workbook/paint.py and page.css)."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How many findings failed, passed, and could not be judged; one never stands without the others."""

    fail: int
    unknown: int
    passed: int

    @classmethod
    def of(cls, findings: tuple[FindingPart, ...]) -> Tally:
        """Count findings; crashed checks are unknown."""
        by = {v: sum(f.verdict == v for f in findings) for v in VERDICTS}
        return cls(by["fail"], by["unknown"] + by["error"], by["pass"])


def verdict_mark(edition: Edition, verdict: str) -> Mark:
    """Mark a verdict."""
    return Mark(edition.words.name("verdict", verdict), verdict)


def severity_mark(edition: Edition, severity: str) -> Mark:
    """Mark a severity."""
    return Mark(edition.words.name("severity", severity), severity)


def worst_mark(edition: Edition, worst: Worst) -> Mark:
    """Mark the worst of several findings."""
    words = edition.words
    if worst.verdict == "fail":
        return Mark(words("worst.fail", severity=words.name("severity", worst.severity)), worst.severity)
    return Mark(words.name("verdict", worst.verdict), worst.verdict)


def state_mark(edition: Edition, answer: AnswerPart) -> Mark:
    """Mark the state of an answer; with partial verifiability, support is never a plain yes."""
    if answer.state == "supported" and answer.verifiability.level != "full":
        return Mark(edition.words("state.supported_partial"), answer.state)
    return Mark(edition.words.name("state", answer.state), answer.state)


def register_mark(edition: Edition, state: str) -> Mark:
    """Mark what the registers say of a connection point."""
    return Mark(edition.words.name("register", state), state)


def device_mark(edition: Edition, state: str) -> Mark:
    """Mark what the reconciliation says of a device."""
    return Mark(edition.words.name("device", state), state)
