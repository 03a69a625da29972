from dataclasses import replace

import pytest

from checks.management.configuration_is_restricted import configuration_is_restricted
from sekisho.model.address_sets import ANY_V4, NOBODY
from sekisho.model.config_facts import ConfiguredAccess
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see

SSH = "service:203.0.113.9/tcp/22"
CLOSED = ConfiguredAccess(
    "edge.txt", "ssh", "pp1", enabled=True, stated=True, surplus=NOBODY, doubt=NOBODY, let_in=(7,)
)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (CLOSED, ("pass", "restricted")),
        (replace(CLOSED, enabled=False, let_in=()), ("pass", "switched_off")),
        (replace(CLOSED, surplus=ANY_V4, doubt=ANY_V4), ("fail", "lets_others_in")),
        (replace(CLOSED, surplus=ANY_V4, doubt=ANY_V4, stated=False), ("fail", "lets_unmeant_in")),
        (replace(CLOSED, doubt=ANY_V4), ("unknown", "may_let_in")),
        (replace(CLOSED, doubt=ANY_V4, enabled=None), ("unknown", "may_let_in")),
    ],
)
def test_judges_who_gets_in(fact: ConfiguredAccess, expected: tuple[str, str]) -> None:
    assert outcome(configuration_is_restricted, [see(fact, subject=SSH)], NoParams()) == expected


def test_the_widest_way_in_counts() -> None:
    seen = [see(CLOSED, subject=SSH, id="a"), see(replace(CLOSED, surplus=ANY_V4), subject=SSH, id="b")]
    assert outcome(configuration_is_restricted, seen, NoParams()) == ("fail", "lets_others_in")
