from dataclasses import replace
from datetime import UTC, datetime

import pytest

from checks.firmware.supported import supported
from sekisho.model.facts import Lifecycle
from sekisho.registry import NoParams
from tests.unit.checks.firmware.lifecycle import FORTIOS
from tests.unit.checks.seen import outcome, see


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
