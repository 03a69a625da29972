from dataclasses import replace

import pytest

from checks.register.retired_device_is_silent import retired_device_is_silent
from sekisho.model.facts import RegisterMatch
from sekisho.model.verdicts import Confidence
from sekisho.registry import NoParams
from tests.unit.checks.register.match import LISTED, RETIRED, SILENT, UNLISTED
from tests.unit.checks.seen import outcome, see


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (RETIRED, ("fail", "alive")),
        (replace(RETIRED, observed=False), ("pass", "silent")),
        (replace(RETIRED, observed=False, state="stopped"), ("pass", "silent")),
        (replace(RETIRED, observed=False, asked=False), ("unknown", "not_asked")),
        (LISTED, None),
        (SILENT, None),
        (UNLISTED, None),
    ],
)
def test_judges_retired_devices_only(match: RegisterMatch, expected: tuple[str, str] | None) -> None:
    assert outcome(retired_device_is_silent, [see(match)], NoParams()) == expected


def test_resets_alone_count_with_less_confidence() -> None:
    verdict = retired_device_is_silent.judge([see(replace(RETIRED, by_refusal=True))], NoParams())
    assert verdict is not None
    assert (verdict.reason, verdict.confidence) == ("alive", Confidence.LOW)
