from dataclasses import replace

import pytest

from checks.register.line_is_there import line_is_there
from sekisho.model.facts import LineMatch
from sekisho.model.verdicts import Confidence
from sekisho.registry import NoParams
from tests.unit.checks.register.match import LINE
from tests.unit.checks.seen import outcome, see


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (replace(LINE, observed=False), ("fail", "silent")),
        (LINE, ("pass", "answers")),
        (replace(LINE, observed=False, asked=False), ("unknown", "not_asked")),
        (replace(LINE, state="stopped"), ("not_applicable", "retired")),
        (replace(LINE, state="disposed", observed=False), ("not_applicable", "retired")),
    ],
)
def test_judges_the_terminal_device(line: LineMatch, expected: tuple[str, str]) -> None:
    assert outcome(line_is_there, [see(line, subject="point:@L-01")], NoParams()) == expected


def test_resets_alone_count_with_less_confidence() -> None:
    verdict = line_is_there.judge([see(replace(LINE, by_refusal=True))], NoParams())
    assert verdict is not None
    assert (verdict.reason, verdict.confidence) == ("answers", Confidence.LOW)
