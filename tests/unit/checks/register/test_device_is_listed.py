import pytest

from checks.register.device_is_listed import device_is_listed
from sekisho.model.facts import RegisterMatch
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
