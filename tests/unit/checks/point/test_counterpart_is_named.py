from dataclasses import replace

import pytest

from checks.point.counterpart_is_named import counterpart_is_named
from sekisho.model.point_facts import PointCounterpart
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see

POINT = "point:192.0.2.1/K1"
NAMED = PointCounterpart(
    declared=True,
    number="L-1",
    kinds=("K1",),
    counterpart="通信会社",
    purpose="インターネット",
    boundary="",
    maintained=False,
    register_present=True,
)
MAINTAINED = replace(NAMED, kinds=("K1", "K5"), counterpart="保守会社", boundary="ONU", maintained=True)
NOWHERE = replace(NAMED, declared=False, number="", counterpart="", purpose="")


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (NAMED, ("pass", "named")),
        (MAINTAINED, ("pass", "named")),
        (replace(NAMED, purpose="", number=""), ("pass", "named")),
        (replace(NAMED, counterpart="", purpose=""), ("fail", "nothing_named")),
        (replace(NAMED, kinds=("K4",), counterpart="", purpose=""), ("fail", "nothing_named")),
        (replace(MAINTAINED, counterpart=""), ("fail", "maintainer_not_named")),
        (replace(MAINTAINED, boundary=""), ("fail", "boundary_not_named")),
        (replace(MAINTAINED, kinds=("K4", "K5"), boundary=""), ("fail", "boundary_not_named")),
        (NOWHERE, ("fail", "in_no_register")),
        (replace(NOWHERE, register_present=False), ("unknown", "no_line_register")),
        (replace(NAMED, counterpart=""), ("unknown", "purpose_only")),
        *((replace(MAINTAINED, kinds=(k,)), ("unknown", "peers_not_seen")) for k in ("K3", "K4", "K8", "K9")),
        *((replace(MAINTAINED, kinds=(k, "K9", "K16")), ("pass", "named")) for k in ("K1", "K2", "K6", "K7", "K17")),
    ],
)
def test_judges_the_row(fact: PointCounterpart, expected: tuple[str, str]) -> None:
    assert outcome(counterpart_is_named, [see(fact, subject=POINT)], NoParams()) == expected


def test_one_of_two_rows_without_a_name_is_enough() -> None:
    seen = [see(NAMED, id="a"), see(replace(MAINTAINED, boundary=""), id="b")]
    assert outcome(counterpart_is_named, seen, NoParams()) == ("fail", "boundary_not_named")
