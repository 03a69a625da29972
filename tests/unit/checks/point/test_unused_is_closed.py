from dataclasses import replace

import pytest

from checks.point.unused_is_closed import unused_is_closed
from sekisho.model.point_facts import PointUse
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see

POINT = "point:192.0.2.1/K1"
IN_USE = PointUse(
    declared=True, number="L-1", retired=False, occasional=False, observed=True, asked=True, answers=True
)  # fmt: skip
STOPPED = replace(IN_USE, retired=True)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (STOPPED, ("fail", "answers")),
        (replace(STOPPED, observed=False), ("fail", "answers")),
        (replace(STOPPED, answers=False), ("unknown", "device_in_other_use")),
        (replace(STOPPED, answers=False, observed=False), ("pass", "silent")),
        (replace(STOPPED, answers=False, observed=False, asked=False), ("unknown", "not_asked")),
        (IN_USE, ("unknown", "no_flow_data")),
        (replace(IN_USE, observed=False, asked=False), ("unknown", "no_flow_data")),
        (replace(IN_USE, declared=False, number=""), ("unknown", "no_flow_data")),
        (replace(IN_USE, occasional=True), ("unknown", "no_purpose")),
    ],
)
def test_judges_the_row(fact: PointUse, expected: tuple[str, str]) -> None:
    assert outcome(unused_is_closed, [see(fact, subject=POINT)], NoParams()) == expected


def test_one_stopped_line_that_answers_is_enough() -> None:
    assert outcome(unused_is_closed, [see(IN_USE, id="a"), see(STOPPED, id="b")], NoParams()) == ("fail", "answers")
