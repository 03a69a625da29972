from dataclasses import replace

import pytest

from checks.point.owner_is_named import owner_is_named
from sekisho.model.point_facts import PointOwner
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see

POINT = "point:192.0.2.1/K6"
NAMED = PointOwner(declared=True, number="L-1", contractor="総務課", owner="情報課", register_present=True)
NOWHERE = PointOwner(declared=False, number="", contractor="", owner="", register_present=True)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (replace(NAMED, contractor=""), ("fail", "cell_empty")),
        (replace(NAMED, owner=""), ("fail", "cell_empty")),
        (replace(NAMED, contractor="", owner=""), ("fail", "nobody_named")),
        (NOWHERE, ("fail", "in_no_register")),
        (NAMED, ("pass", "named")),
        (replace(NAMED, number=""), ("pass", "named")),
        (replace(NOWHERE, register_present=False), ("unknown", "no_line_register")),
    ],
)
def test_judges_the_row(fact: PointOwner, expected: tuple[str, str]) -> None:
    assert outcome(owner_is_named, [see(fact, subject=POINT)], NoParams()) == expected


def test_one_of_two_rows_without_a_name_is_enough() -> None:
    seen = [see(NAMED, id="a"), see(replace(NAMED, owner=""), id="b")]
    assert outcome(owner_is_named, seen, NoParams()) == ("fail", "cell_empty")
