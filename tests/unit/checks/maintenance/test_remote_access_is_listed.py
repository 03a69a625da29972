import pytest

from checks.maintenance.remote_access_is_listed import remote_access_is_listed
from sekisho.model.facts import RemoteMaintenance
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see

SSH = ("service:192.0.2.1/tcp/22",)


@pytest.mark.parametrize(
    ("seen", "declared", "expected"),
    [
        (SSH, "no", ("fail", "declared_without")),
        (SSH, "unstated", ("fail", "cell_empty")),
        (SSH, "unlisted", ("fail", "device_on_no_line")),
        (SSH, "yes", ("pass", "listed")),
        (SSH, "no_register", ("unknown", "no_line_register")),
        (SSH, "", ("unknown", "no_line_register")),
        ((), "no", ("unknown", "nothing_seen")),
        ((), "yes", ("unknown", "nothing_seen")),
    ],
)
def test_judges_access_against_lines(seen: tuple[str, ...], declared: str, expected: tuple[str, str]) -> None:
    fact = RemoteMaintenance(seen=seen, kinds=("K4",), declared=declared)
    assert outcome(remote_access_is_listed, [see(fact)], NoParams()) == expected
