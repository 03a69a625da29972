from dataclasses import replace

import pytest

from checks.register.cells_agree import cells_agree
from sekisho.model.facts import RegisterMatch
from sekisho.registry import NoParams
from tests.unit.checks.register.match import BY_LINE_ONLY, LISTED, RETIRED, SILENT, UNLISTED
from tests.unit.checks.seen import outcome, see

STALE = replace(LISTED, compared=("version",), mismatches=(("version", "6.0.4", "6.0.7"),))


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (STALE, ("fail", "contradicts")),
        (replace(LISTED, compared=("version", "mac")), ("pass", "agrees")),
        (LISTED, ("unknown", "nothing_to_compare")),
        (SILENT, ("unknown", "nothing_to_compare")),
        (replace(RETIRED, observed=False), None),
        (UNLISTED, None),
        (BY_LINE_ONLY, None),
    ],
)
def test_judges_cells_of_declared_devices(match: RegisterMatch, expected: tuple[str, str] | None) -> None:
    assert outcome(cells_agree, [see(match)], NoParams()) == expected


def test_quotes_what_is_written_and_what_was_seen() -> None:
    verdict = cells_agree.judge([see(STALE)], NoParams())
    assert verdict is not None
    assert dict(verdict.values)["cells"] == "version\t6.0.4\t6.0.7"
