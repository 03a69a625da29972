from dataclasses import replace

import pytest

from checks.register.device_is_listed import device_is_listed
from sekisho.model.facts import RegisterMatch
from sekisho.model.verdicts import Confidence
from sekisho.registry import NoParams
from tests.unit.checks.register.match import BY_LINE_ONLY, LISTED, RETIRED, SILENT, UNASKED, UNLISTED
from tests.unit.checks.seen import outcome, see


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (UNLISTED, ("fail", "not_listed")),
        (LISTED, ("pass", "listed")),
        (RETIRED, ("pass", "listed")),
        (SILENT, None),
        (UNASKED, None),
        (BY_LINE_ONLY, None),
    ],
)
def test_judges_only_devices_that_were_seen(match: RegisterMatch, expected: tuple[str, str] | None) -> None:
    assert outcome(device_is_listed, [see(match)], NoParams()) == expected


def test_resets_alone_count_with_less_confidence() -> None:
    verdict = device_is_listed.judge([see(replace(LISTED, by_refusal=True))], NoParams())
    assert verdict is not None
    assert (verdict.reason, verdict.confidence) == ("listed", Confidence.LOW)


def test_a_segment_in_which_a_filter_may_answer_for_all_is_unknown() -> None:
    found = replace(UNLISTED, observed=False, asked=False, by_refusal=True)
    assert outcome(device_is_listed, [see(found)], NoParams()) == ("unknown", "resets_alone")
