"""Scores one section: which truth rows were found, which report rows are false, which passes are unsafe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from lab.scoring.documents import TruthRow

T = TypeVar("T", bound=TruthRow)
R = TypeVar("R")


class Outcome(StrEnum):
    """What became of a truth row."""

    FOUND = "found"
    MISSED = "missed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class RowResult:
    """One truth row and what became of it."""

    section: str
    row: str
    outcome: Outcome
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FalseRow:
    """A report row that truth doesn't know."""

    section: str
    row: str


@dataclass(frozen=True, slots=True)
class UnsafePass:
    """A pass where truth says otherwise."""

    section: str
    row: str
    reported: str


@dataclass(frozen=True, slots=True)
class Matching(Generic[T, R]):
    """How one section is compared."""

    name: str
    is_found: Callable[[T, R], bool]
    is_false: Callable[[R], bool]
    """Whether a report row that matches no truth row is false; it isn't where truth doesn't claim to be complete."""
    reports_pass: Callable[[T, R], bool]
    """Whether a report row calls good what truth doesn't."""
    show_truth: Callable[[T], str]
    show_report: Callable[[R], str]


@dataclass(frozen=True, slots=True)
class Section:
    """The score of one section."""

    name: str
    results: tuple[RowResult, ...]
    false_rows: tuple[FalseRow, ...]
    unsafe: tuple[UnsafePass, ...]
    true_rows: int
    """Report rows that match a truth row."""

    def count(self, outcome: Outcome) -> int:
        """Count the truth rows with this outcome."""
        return sum(result.outcome is outcome for result in self.results)

    @property
    def recall(self) -> float | None:
        """Share of the truth rows that were found, skipped ones apart; None when there are none."""
        found, missed = self.count(Outcome.FOUND), self.count(Outcome.MISSED)
        return found / (found + missed) if found + missed else None

    @property
    def precision(self) -> float | None:
        """Share of the judged report rows that are true; None when there are none."""
        judged = self.true_rows + len(self.false_rows)
        return self.true_rows / judged if judged else None

    @property
    def is_perfect(self) -> bool:
        """Tell whether nothing was missed and nothing is false or unsafe; so too when there was nothing to compare."""
        return not self.count(Outcome.MISSED) and not self.false_rows and not self.unsafe


def score_section(
    truth: Sequence[T], reported: Sequence[R], matching: Matching[T, R], *, stages: frozenset[str]
) -> Section:
    """Compare one section; a row whose stages didn't run is skipped, but a pass in its place is unsafe all the same."""
    results: list[RowResult] = []
    unsafe: list[UnsafePass] = []
    for row in truth:
        is_found = any(matching.is_found(row, entry) for entry in reported)
        is_due = not row.needs or bool(stages & set(row.needs))
        outcome = (Outcome.FOUND if is_found else Outcome.MISSED) if is_due else Outcome.SKIPPED
        results.append(RowResult(matching.name, matching.show_truth(row), outcome, row.needs))
        if not is_found:
            # One topic has several checks: a pass beside the right verdict is another check's, and hides nothing.
            passes = (entry for entry in reported if matching.reports_pass(row, entry))
            unsafe += [
                UnsafePass(matching.name, matching.show_truth(row), matching.show_report(entry)) for entry in passes
            ]
    matched = [any(matching.is_found(row, entry) for row in truth) for entry in reported]
    false_rows = tuple(
        FalseRow(matching.name, matching.show_report(entry))
        for entry, is_true in zip(reported, matched, strict=True)
        if not is_true and matching.is_false(entry)
    )
    return Section(matching.name, tuple(results), false_rows, tuple(unsafe), sum(matched))
