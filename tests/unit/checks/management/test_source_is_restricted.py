from dataclasses import replace
from typing import Any

import pytest

from checks.management.source_is_restricted import source_is_restricted
from sekisho.model.facts import ServiceExposure
from sekisho.registry import NoParams
from tests.unit.checks.management.exposed import SSH, service
from tests.unit.checks.seen import outcome, see

BOTH = ("guest", "management")
NOBODY = replace(SSH, meant_from=(), access_stated=False)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (replace(SSH, answered_from=BOTH, silent_from=()), ("fail", "answers_others")),
        (NOBODY, ("fail", "nobody_is_meant")),
        (replace(NOBODY, access_stated=True), ("fail", "answers_others")),
        (SSH, ("pass", "restricted")),
        (replace(SSH, silent_from=()), ("unknown", "no_other_tried")),
        (replace(SSH, silent_from=(), uncontrolled_from=("guest",)), ("unknown", "maybe_down")),
        (replace(SSH, uncontrolled_from=("vendor",)), ("pass", "restricted")),
        (replace(SSH, silent_from=(), uncontrolled_from=("management",)), ("unknown", "no_other_tried")),
        (replace(SSH, meant_from=BOTH), ("unknown", "no_other_tried")),
        (replace(SSH, answered_from=()), ("unknown", "answered_nowhere")),
        (replace(SSH, management=False, protocol="unknown"), ("unknown", "not_identified")),
        (replace(SSH, management=False, protocol="ssh-agent"), None),
    ],
)
def test_judges_by_vantage(fact: ServiceExposure, expected: tuple[str, str] | None) -> None:
    assert outcome(source_is_restricted, [see(fact, subject=service(22))], NoParams()) == expected


@pytest.mark.parametrize(("port", "finding"), [(3389, True), (8291, True), (80, False), (443, False)])
def test_nameless_service_stays_only_on_management_ports(port: int, *, finding: bool) -> None:
    fact = replace(SSH, management=False, protocol="silent")
    assert (source_is_restricted.judge([see(fact, subject=service(port))], NoParams()) is not None) is finding


def test_names_the_vantages_that_are_not_meant() -> None:
    fact = replace(SSH, answered_from=("vendor", "guest", "management"))
    verdict = source_is_restricted.judge([see(fact, subject=service(22))], NoParams())
    assert verdict is not None
    assert dict(verdict.values)["vantages"] == "guest, vendor"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"protocol": "unknown", "appliance": True}, ("unknown", "not_identified")),
        ({"protocol": "unknown", "appliance": False}, None),
        ({"protocol": "http", "appliance": True, "perhaps": True}, ("unknown", "page_not_told")),
        ({"protocol": "http", "appliance": True}, None),
    ],
)
def test_doubt_about_an_appliance_stays_in_the_report(
    changes: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    fact = replace(SSH, management=False, **changes)
    assert outcome(source_is_restricted, [see(fact, subject=service(8000))], NoParams()) == expected
