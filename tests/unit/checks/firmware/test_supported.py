from dataclasses import replace
from datetime import UTC, datetime

import pytest

from checks.firmware.supported import supported
from sekisho.model.facts import Lifecycle
from sekisho.registry import NoParams
from tests.unit.checks.firmware.lifecycle import FORTIOS
from tests.unit.checks.seen import outcome, see

ROUTER = replace(FORTIOS, one_of=("Debian 10", "Fortinet FortiOS 7.4.3"))
DEBIAN = replace(
    ROUTER, vendor="Debian", product="Debian", version="10", cycle="10", eol=datetime(2022, 9, 10, tzinfo=UTC)
)
UNKNOWN_LINE = replace(ROUTER, known=False, cycle="", eol=None)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ((ROUTER, DEBIAN), ("unknown", "contradiction")),
        ((UNKNOWN_LINE, DEBIAN), ("unknown", "contradiction")),
        ((UNKNOWN_LINE, ROUTER), ("unknown", "contradiction")),
        ((DEBIAN, replace(DEBIAN, version="10.1")), ("fail", "ended")),
        ((ROUTER, replace(ROUTER, version="7.4.4")), ("pass", "supported")),
        ((ROUTER, DEBIAN, replace(DEBIAN, product="OpenSSL", one_of=())), ("fail", "ended")),
    ],
)
def test_a_device_that_contradicts_itself_is_judged_only_where_it_makes_no_difference(
    facts: tuple[Lifecycle, ...], expected: tuple[str, str]
) -> None:
    seen = [see(fact, id=str(number)) for number, fact in enumerate(facts)]
    assert outcome(supported, seen, NoParams()) == expected
    assert outcome(supported, seen[::-1], NoParams()) == expected


def test_a_contradiction_names_all_that_the_device_may_be() -> None:
    verdict = supported.judge([see(ROUTER, id="a"), see(DEBIAN, id="b")], NoParams())
    assert verdict is not None
    assert dict(verdict.values)["products"] == "Debian 10, Fortinet FortiOS 7.4.3"


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (replace(FORTIOS, cycle="6.0", eol=datetime(2022, 9, 29, tzinfo=UTC)), ("fail", "ended")),
        (replace(FORTIOS, eol=datetime(2026, 11, 20, tzinfo=UTC)), ("fail", "ended")),
        (replace(FORTIOS, eol=datetime(2026, 11, 21, tzinfo=UTC)), ("pass", "supported")),
        (FORTIOS, ("pass", "supported")),
        (replace(FORTIOS, eol=None), ("pass", "open")),
        (replace(FORTIOS, version=""), ("unknown", "version_not_seen")),
        (replace(FORTIOS, product="", version=""), ("unknown", "product_not_seen")),
        (replace(FORTIOS, known=False, cycle="", eol=None), ("unknown", "not_in_data")),
        (replace(FORTIOS, cycle="", eol=None), ("unknown", "line_not_in_data")),
        (replace(FORTIOS, packager="Debian 12"), ("unknown", "packaged")),
        (replace(FORTIOS, packager="Debian 12", known=False, cycle="", eol=None), ("unknown", "packaged")),
        (replace(FORTIOS, packager="Debian 12", version=""), ("unknown", "version_not_seen")),
    ],
)
def test_judges_the_release_line(fact: Lifecycle, expected: tuple[str, str]) -> None:
    assert outcome(supported, [see(fact)], NoParams()) == expected


def test_one_unknown_product_keeps_the_host_from_passing() -> None:
    other = replace(FORTIOS, product="RTX1210", known=False, cycle="", eol=None)
    seen = [see(FORTIOS, id="a"), see(other, id="b")]
    assert outcome(supported, seen, NoParams()) == ("unknown", "not_in_data")
