from dataclasses import replace

import pytest

from checks.register.retired_device_is_silent import retired_device_is_silent
from sekisho.model.facts import RegisterMatch
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
