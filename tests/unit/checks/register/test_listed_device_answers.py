from dataclasses import replace

import pytest

from checks.register.listed_device_answers import listed_device_answers
from sekisho.model.facts import RegisterMatch
from sekisho.model.verdicts import Confidence
from sekisho.registry import NoParams
from tests.unit.checks.register.match import BY_LINE_ONLY, LISTED, RETIRED, SILENT, UNASKED, UNLISTED
from tests.unit.checks.seen import outcome, see


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (SILENT, ("fail", "silent")),
        (LISTED, ("pass", "answers")),
        (UNASKED, ("unknown", "not_asked")),
        (RETIRED, ("not_applicable", "retired")),
        (replace(SILENT, state="stopped"), ("not_applicable", "retired")),
        (UNLISTED, None),
        (BY_LINE_ONLY, None),
    ],
)
def test_judges_rows_of_the_device_register(match: RegisterMatch, expected: tuple[str, str] | None) -> None:
    assert outcome(listed_device_answers, [see(match)], NoParams()) == expected


def test_empty_state_counts_as_in_use_with_less_confidence() -> None:
    verdict = listed_device_answers.judge([see(replace(SILENT, state="unknown"))], NoParams())
    assert verdict is not None
    assert (verdict.judgement.value, verdict.confidence) == ("fail", Confidence.LOW)


def test_resets_alone_count_with_less_confidence() -> None:
    verdict = listed_device_answers.judge([see(replace(LISTED, by_refusal=True))], NoParams())
    assert verdict is not None
    assert (verdict.reason, verdict.confidence) == ("answers", Confidence.LOW)
