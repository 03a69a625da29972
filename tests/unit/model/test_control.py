from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sekisho.model.control import Control, Try, control_of

T0 = datetime(2026, 11, 21, tzinfo=UTC)


def tries(*given: tuple[str, int, bool], refused: bool = False) -> list[Try]:
    return [Try(v, T0 + timedelta(minutes=m), answered, refused and not answered) for v, m, answered in given]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("a", 0, True), ("b", 15, False)], Control("a", "near", 900)),
        ([("a", 16, True), ("b", 0, False)], None),
        ([("a", 0, True), ("b", 30, False), ("a", 60, True)], Control("a", "around", 3600)),
        ([("a", 0, True), ("b", 30, False), ("c", 60, True)], None),
        ([("a", 0, True), ("c", 25, True), ("b", 30, False), ("a", 60, True)], Control("c", "near", 300)),
        ([("a", 0, True), ("b", 30, False), ("a", 60, True), ("a", 90, True)], Control("a", "around", 3600)),
        ([("b", 0, False)], None),
        ([("b", 0, False), ("b", 1, True)], None),
        ([("a", 0, False), ("b", 0, False)], None),
        ([], None),
    ],
)
def test_silence_counts_only_beside_an_answer_elsewhere(
    given: list[tuple[str, int, bool]], expected: Control | None
) -> None:
    assert control_of("b", tries(*given)) == expected


def test_a_refusal_counts_only_between_two_answers() -> None:
    assert control_of("b", tries(("a", 0, True), ("b", 1, False), refused=True)) is None
    both = tries(("a", 0, True), ("b", 1, False), ("a", 2, True), refused=True)
    assert control_of("b", both) == Control("a", "around", 120)


@pytest.mark.parametrize("refused", [False, True])
def test_an_answer_proves_nothing_across_a_silence_of_the_same_place(*, refused: bool) -> None:
    down = tries(("a", 0, True), ("a", 1, False), ("b", 2, False), refused=refused)
    assert control_of("b", down) is None
    restarted = tries(("a", 0, True), ("a", 1, False), ("b", 2, False), ("a", 3, True), refused=refused)
    assert control_of("b", restarted) is None


def test_one_answer_at_the_very_moment_is_not_two() -> None:
    assert control_of("b", tries(("a", 0, True), ("b", 0, False), refused=True)) is None
    assert control_of("b", tries(("a", 0, True), ("b", 0, False))) == Control("a", "near", 0)
